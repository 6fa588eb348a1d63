export function withInstallLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T>

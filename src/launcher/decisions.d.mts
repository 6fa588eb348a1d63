export const NODE_MAJOR: number
export function majorOf(version: string): number
export function needsRuntime(version: string): boolean
export function runtimePackage(platform: string, arch: string): string | undefined
export function stampOf(
  lockText: string,
  machine: { nodeMajor: number; platform: string; arch: string },
): string
interface LockEntry {
  readonly version?: string
  readonly integrity?: string
  readonly optional?: boolean
  readonly link?: boolean
  readonly os?: string | readonly string[]
  readonly cpu?: string | readonly string[]
  readonly libc?: string | readonly string[]
}
interface Lock {
  readonly packages?: Readonly<Record<string, LockEntry>>
}
export function missingPackages(
  lock: Lock,
  installed: Lock,
  machine: { platform: string; arch: string; libc: string | undefined },
): string[]
export function hasPrebuilt(files: readonly string[], abi: string): boolean
export function npmFailure(output: string, code: number): string
export function mustForward(
  signal: string,
  circumstances: { foreground: boolean; now: number; last: number | undefined },
): boolean
export function isForeground(stat: string): boolean

import { HubError } from '../model/errors.ts'

/** A place on another machine for finished backups. Every failure is a HubError `backup_remote_failed`. */
export interface RemotePlace {
  /** For people: no secrets. */
  readonly description: string
  /** Appears under its name only when it is whole. */
  send(file: string, name: string, signal: AbortSignal): Promise<void>
  /** File names, no folders. */
  list(signal: AbortSignal): Promise<string[]>
  /** Writes it to a file that is not there yet. */
  fetch(name: string, file: string, signal: AbortSignal): Promise<void>
  remove(name: string, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export function remoteFailure(message: string, cause?: unknown): HubError {
  return new HubError('backup_remote_failed', message, { retry: { kind: 'later' }, cause })
}

import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import ssh2, { type SFTPWrapper } from 'ssh2'
import { type RemotePlace, remoteFailure } from './remote-place.ts'

export interface SftpOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  /** Without a slash at its end; must exist. */
  readonly directory: string
  /** As `ssh-keygen -l` prints it: SHA256:… */
  readonly hostKey: string
  readonly keyFile: string | undefined
  readonly password: string | undefined
}

const READY_LIMIT_MS = 20_000
const KEEPALIVE_MS = 15_000
const KEEPALIVE_MISSED = 4

/** One session, closed by `close`. Rejects when the server shows another key than the given one. */
export async function openSftp(options: SftpOptions): Promise<RemotePlace> {
  const { host, port, user, directory, keyFile, password } = options
  const description = `sftp://${user}@${host}:${port}${directory}`
  const client = new ssh2.Client()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  let isStrange = false
  client.on('error', (error: Error) =>
    failed.reject(
      remoteFailure(
        isStrange
          ? `${description}: the server's key is not the one of BACKUP_SFTP_HOST_KEY`
          : `${description}: ${error.message}`,
        error,
      ),
    ),
  )
  let isClosed = false
  client.on('close', () => {
    isClosed = true
    failed.reject(remoteFailure(`${description}: the connection was closed`))
  })
  const privateKey =
    keyFile === undefined
      ? undefined
      : await readFile(keyFile).catch((cause: unknown) => {
          throw remoteFailure(`BACKUP_SFTP_KEY_FILE: ${keyFile} cannot be read`, cause)
        })

  /** A connection that is lost lets no call hang. */
  const ask = <Result>(call: (done: (error?: Error | null, result?: Result) => void) => unknown) =>
    Promise.race([
      failed.promise,
      new Promise<Result | undefined>((resolve, reject) => {
        call((error, result) => {
          if (error) reject(remoteFailure(`${description}: ${error.message}`, error))
          else resolve(result)
        })
      }),
    ])

  const connect = async (): Promise<SFTPWrapper> => {
    await ask((done) => {
      client.once('ready', () => done())
      client.connect({
        host,
        port,
        username: user,
        ...(password === undefined ? {} : { password }),
        ...(privateKey === undefined ? {} : { privateKey }),
        readyTimeout: READY_LIMIT_MS,
        keepaliveInterval: KEEPALIVE_MS,
        keepaliveCountMax: KEEPALIVE_MISSED,
        hostVerifier: (key: Buffer) => {
          isStrange = !isSameKey(key, options.hostKey)
          return !isStrange
        },
      })
    })
    const sftp = await ask<SFTPWrapper>((done) => client.sftp(done))
    if (!sftp) throw remoteFailure(`${description}: there is no SFTP on this server`)
    return sftp
  }

  try {
    const sftp = await connect()
    const at = (name: string): string => `${directory}/${name}`
    const stopAtAbort = async <Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> => {
      signal.throwIfAborted()
      const stop = (): void => void client.end()
      signal.addEventListener('abort', stop, { once: true })
      try {
        return await work()
      } finally {
        signal.removeEventListener('abort', stop)
      }
    }
    return {
      description,
      send: (file, name, signal) =>
        stopAtAbort(signal, async () => {
          const draft = at(`.${name}.partial`)
          await ask((done) => sftp.fastPut(file, draft, { mode: 0o600 }, done))
          // SFTP's own rename refuses where the name is taken.
          await ask((done) => sftp.unlink(at(name), () => done()))
          await ask((done) => sftp.rename(draft, at(name), done))
        }),
      list: (signal) =>
        stopAtAbort(signal, async () => {
          const entries = await ask<{ filename: string }[]>((done) => sftp.readdir(directory, done))
          return (entries ?? []).map(({ filename }) => filename)
        }),
      fetch: (name, file, signal) =>
        stopAtAbort(signal, async () => {
          try {
            await ask((done) => sftp.fastGet(at(name), file, done))
          } catch (error) {
            await rm(file, { force: true })
            throw error
          }
        }),
      remove: (name, signal) =>
        stopAtAbort(signal, async () => void (await ask((done) => sftp.unlink(at(name), done)))),
      close: () =>
        new Promise((resolve) => {
          if (isClosed) return resolve()
          client.once('close', () => resolve())
          client.end()
        }),
    }
  } catch (error) {
    client.end()
    throw error
  }
}

function isSameKey(key: Buffer, wanted: string): boolean {
  const digest = createHash('sha256').update(key).digest()
  const given = Buffer.from(wanted.replace(/^SHA256:/, ''), 'base64')
  return given.length === digest.length && timingSafeEqual(digest, given)
}

import { createHash, timingSafeEqual } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import ssh2, { type Connection, type SFTPWrapper } from 'ssh2'

export interface SftpServer {
  readonly port: number
  /** As `ssh-keygen -l` prints it. */
  readonly hostKey: string
  /** By path. */
  readonly files: Map<string, Buffer>
  /** Breaks the next connection after so many written bytes. */
  breakAfter(bytes: number): void
  close(): Promise<void>
}

export const SFTP_LOGIN = { user: 'u12345', password: 'the box password', directory: '/backups' } as const
const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp

/** One folder; as strict as OpenSSH's in what a client of it uses: renames onto nothing, makes no folders by itself. */
export async function startSftpServer(): Promise<SftpServer> {
  const { private: hostKey, public: publicKey } = ssh2.utils.generateKeyPairSync('ed25519')
  const files = new Map<string, Buffer>()
  const connections = new Set<Connection>()
  let breakAfter = Number.POSITIVE_INFINITY

  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
    connection.on('error', () => connection.end())
    connection.on('authentication', (context) => {
      const isRight =
        context.method === 'password' &&
        context.username === SFTP_LOGIN.user &&
        same(context.password, SFTP_LOGIN.password)
      if (isRight) context.accept()
      else context.reject(['password'])
    })
    connection.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => serve(acceptSftp(), connection))
    })
  })

  const serve = (sftp: SFTPWrapper, connection: Connection): void => {
    const open = new Map<number, { path: string; listed: boolean }>()
    let handles = 0
    const handleFor = (path: string): Buffer => {
      handles += 1
      open.set(handles, { path, listed: false })
      const handle = Buffer.alloc(4)
      handle.writeUInt32BE(handles)
      return handle
    }
    const opened = (handle: Buffer) => open.get(handle.readUInt32BE(0))
    const attributes = (path: string) => {
      const size = files.get(path)?.length ?? 0
      return { mode: 0o100600, uid: 0, gid: 0, size, atime: 0, mtime: 0 }
    }
    const inFolder = (path: string): boolean => path.startsWith(`${SFTP_LOGIN.directory}/`)

    sftp.on('OPEN', (id, path, flags) => {
      const writes = (flags & OPEN_MODE.WRITE) !== 0
      if (!inFolder(path) || (!writes && !files.has(path))) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
      if (writes) files.set(path, Buffer.alloc(0))
      sftp.handle(id, handleFor(path))
    })
    sftp.on('WRITE', (id, handle, offset, data) => {
      const path = opened(handle)?.path ?? ''
      const had = files.get(path)
      if (!had) return sftp.status(id, STATUS_CODE.FAILURE)
      const grown = Buffer.alloc(Math.max(had.length, offset + data.length))
      had.copy(grown)
      data.copy(grown, offset)
      files.set(path, grown)
      if (grown.length > breakAfter) {
        breakAfter = Number.POSITIVE_INFINITY
        return void connection.end()
      }
      sftp.status(id, STATUS_CODE.OK)
    })
    sftp.on('READ', (id, handle, offset, length) => {
      const content = files.get(opened(handle)?.path ?? '')
      if (!content || offset >= content.length) return sftp.status(id, STATUS_CODE.EOF)
      sftp.data(id, content.subarray(offset, offset + length))
    })
    sftp.on('FSTAT', (id, handle) => sftp.attrs(id, attributes(opened(handle)?.path ?? '')))
    for (const event of ['FSETSTAT', 'SETSTAT'] as const)
      sftp.on(event, (id: number) => sftp.status(id, STATUS_CODE.OK))
    sftp.on('CLOSE', (id, handle) => {
      open.delete(handle.readUInt32BE(0))
      sftp.status(id, STATUS_CODE.OK)
    })
    sftp.on('OPENDIR', (id, path) => {
      if (path !== SFTP_LOGIN.directory) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
      sftp.handle(id, handleFor(path))
    })
    sftp.on('READDIR', (id, handle) => {
      const folder = opened(handle)
      if (!folder || folder.listed) return sftp.status(id, STATUS_CODE.EOF)
      folder.listed = true
      const names = [...files.keys()].map((path) => path.slice(folder.path.length + 1))
      sftp.name(
        id,
        ['.', '..', ...names].map((filename) => ({
          filename,
          longname: filename,
          attrs: attributes(`${folder.path}/${filename}`),
        })),
      )
    })
    sftp.on('REMOVE', (id, path) =>
      sftp.status(id, files.delete(path) ? STATUS_CODE.OK : STATUS_CODE.NO_SUCH_FILE),
    )
    sftp.on('RENAME', (id, from, to) => {
      const content = files.get(from)
      if (!content || files.has(to)) return sftp.status(id, STATUS_CODE.FAILURE)
      files.delete(from)
      files.set(to, content)
      sftp.status(id, STATUS_CODE.OK)
    })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const wireKey = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: `SHA256:${createHash('sha256').update(wireKey).digest('base64').replace(/=$/, '')}`,
    files,
    breakAfter(bytes) {
      breakAfter = bytes
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const connection of connections) connection.end()
      }),
  }
}

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}

import { randomBytes } from 'node:crypto'

export interface StoredFile {
  readonly id: string
  readonly uniqueId: string
  readonly name: string
  readonly mimeType: string
  readonly data: Buffer
  /** Bytes the platform reports; may be declared larger than what is held. */
  readonly size: number
}

/** 20 MiB: what getFile hands out at most. */
export const downloadLimit = 20 << 20

const folders: readonly (readonly [RegExp, string, string])[] = [
  [/^audio\/ogg/, 'voice', 'oga'],
  [/^audio\//, 'music', 'mp3'],
  [/^image\/png/, 'photos', 'png'],
  [/^image\//, 'photos', 'jpg'],
  [/^video\//, 'videos', 'mp4'],
]

/** The files of one emulator, and the links that getFile gave out. */
export class FileStore {
  readonly #files = new Map<string, StoredFile>()
  readonly #links = new Map<string, StoredFile>()

  add(file: { data: Buffer; name: string; mimeType: string; size?: number }): StoredFile {
    const stored: StoredFile = {
      id: `AgAC${randomBytes(36).toString('base64url')}`,
      uniqueId: `AQAD${randomBytes(9).toString('base64url')}`,
      name: file.name,
      mimeType: file.mimeType,
      data: file.data,
      size: file.size ?? file.data.length,
    }
    this.#files.set(stored.id, stored)
    return stored
  }

  byId(id: string): StoredFile | undefined {
    return this.#files.get(id)
  }

  /** The path for `/file/bot<token>/<path>`. */
  link(file: StoredFile): string {
    const known = folders.find(([pattern]) => pattern.test(file.mimeType))
    const extension = known?.[2] ?? (/\.([A-Za-z0-9]{1,8})$/.exec(file.name)?.[1] || 'bin')
    const path = `${known?.[1] ?? 'documents'}/file_${this.#numberOf(file)}.${extension}`
    this.#links.set(path, file)
    return path
  }

  linked(path: string): StoredFile | undefined {
    return this.#links.get(path)
  }

  /** Real links live for at least an hour. */
  expireLinks(): void {
    this.#links.clear()
  }

  #numberOf(file: StoredFile): number {
    return [...this.#files.keys()].indexOf(file.id)
  }
}

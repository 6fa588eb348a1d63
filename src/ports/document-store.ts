import type { AttachmentId } from '../model/ids.ts'
import type { ClaimedTurn, Lease } from '../model/work.ts'

export interface Passage {
  readonly unit: 'page' | 'sheet' | 'slide' | 'part'
  /** `3` of a page, slide or part; the name of a sheet. */
  readonly name: string
  readonly text: string
}

/** An image as a model takes it. */
export interface Picture {
  readonly mimeType: string
  /** Pixels. */
  readonly width: number
  readonly height: number
  readonly data: Buffer
}

export interface FoundPicture extends Picture {
  readonly file: string
}

/** What came of reading a file. */
export interface AttachmentReading {
  /** What it is by its content, such as `pdf`; undefined: it could not be read. */
  readonly kind?: string
  /** Why it could not be read, such as `file_locked`. */
  readonly fault?: string
  readonly passages: number
  readonly characters: number
  /** A limit cut off the rest. */
  readonly truncated: boolean
}

/** A passage with where it stands, files in the order in which they were given. */
export interface FoundPassage extends Passage {
  readonly attachmentId: AttachmentId
  readonly position: number
  readonly file: string
}

export interface FoundPassages {
  readonly passages: readonly FoundPassage[]
  /** Passages of all files of the conversation. */
  readonly total: number
}

/** The text of the files that people gave in a conversation; gone with their messages. */
export interface DocumentStore {
  /** Replaces what was there. Throws `lease_lost`. */
  saveReading(
    lease: Lease,
    attachmentId: AttachmentId,
    reading: AttachmentReading,
    content: { readonly passages: readonly Passage[]; readonly picture?: Picture },
  ): Promise<void>
  /**
   * Of the files given since the conversation's last reset, up to the turn: all passages where they fit, else
   * the beginning of each file and what matches the query best, else what is spread evenly.
   */
  find(turn: ClaimedTurn, wanted: { query: string; maxCharacters: number }): Promise<FoundPassages>
  /** The newest images given since the last reset, up to the turn, oldest first; `here`: with the turn's own message. */
  pictures(turn: ClaimedTurn, limit: number): Promise<readonly (FoundPicture & { readonly here: boolean })[]>
}

import { z } from 'zod'
import { externalId } from '../../src/model/ids.ts'
import type { InboundAttachment } from '../../src/model/inbound.ts'

export const fileSchema = z.object({
  id: z.string(),
  name: z.string().nullish(),
  mimetype: z.string().nullish(),
  subtype: z.string().nullish(),
  size: z.number().nullish(),
  duration_ms: z.number().nullish(),
  mode: z.string().nullish(),
  file_access: z.string().nullish(),
  url_private: z.string().nullish(),
  url_private_download: z.string().nullish(),
})

export type SlackFile = z.infer<typeof fileSchema>

/** What `download` reads back. Without an address, it has to be asked for. */
export const referenceSchema = z.object({
  fileId: z.string(),
  /** Whose token opens it. */
  team: z.string().optional(),
  url: z.string().optional(),
  sizeBytes: z.number().optional(),
})

export type FileReference = z.infer<typeof referenceSchema>

/** Files of other organizations come with their id alone. */
export function needsInfo(file: SlackFile): boolean {
  return file.file_access === 'check_file_info'
}

export function attachmentsOf(files: readonly SlackFile[], team: string): InboundAttachment[] {
  return files.filter(({ mode }) => mode !== 'tombstone').map((file) => attachmentOf(file, team))
}

export function referenceOf(file: SlackFile, team: string | undefined): FileReference {
  const url = file.url_private_download ?? file.url_private
  return {
    fileId: file.id,
    ...(team === undefined ? {} : { team }),
    ...(url ? { url } : {}),
    ...(file.size ? { sizeBytes: file.size } : {}),
  }
}

function attachmentOf(file: SlackFile, team: string): InboundAttachment {
  return {
    kind: kindOf(file),
    externalId: externalId(file.id),
    name: file.name ?? 'file',
    reference: referenceOf(file, team),
    ...(file.mimetype ? { mimeType: file.mimetype } : {}),
    ...(file.size ? { sizeBytes: file.size } : {}),
    ...(file.duration_ms ? { durationMs: file.duration_ms } : {}),
  }
}

/** A voice clip says so in its subtype: its type may be that of a video. */
function kindOf({ subtype, mimetype }: SlackFile): InboundAttachment['kind'] {
  if (subtype === 'slack_audio') return 'voice'
  const [family] = (mimetype ?? '').split('/')
  return family === 'audio' || family === 'video' || family === 'image' ? family : 'file'
}

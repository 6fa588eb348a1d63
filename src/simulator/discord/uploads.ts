import { invalidForm } from './api-error.ts'
import type { DiscordAttachment } from './attachment.ts'
import type { MessageForm } from './forms/message-form.ts'
import type { UploadedFile } from './rest-call.ts'
import type { World } from './world.ts'

export interface AttachmentDetails {
  readonly description?: string | undefined
  readonly durationSeconds?: number | undefined
  readonly waveform?: string | undefined
}

export function storeAttachment(
  world: World,
  file: UploadedFile,
  details: AttachmentDetails = {},
): DiscordAttachment {
  const id = world.nextId()
  world.media.store(id, file)
  return {
    id,
    // The real CDN keeps only what is safe in a path.
    filename: file.name.replace(/[^\w.-]+/g, '_') || 'unknown',
    contentType: file.contentType,
    size: file.data.length,
    description: details.description,
    durationSeconds: details.durationSeconds,
    waveform: details.waveform,
  }
}

/**
 * The attachments a message has after a request: what `attachments` keeps of the present ones (all, where it is
 * absent) and the uploaded files.
 */
export function resolveAttachments(
  world: World,
  listed: MessageForm['attachments'],
  files: ReadonlyMap<string, UploadedFile>,
  present: readonly DiscordAttachment[],
): readonly DiscordAttachment[] {
  for (const [index, { id }] of (listed ?? []).entries())
    if (!files.has(id) && !present.some((one) => one.id === id))
      throw invalidForm([
        {
          path: ['attachments', index, 'id'],
          code: 'ATTACHMENT_NOT_FOUND',
          message: `No uploaded file or attachment ${id}`,
        },
      ])
  const kept = listed ? present.filter(({ id }) => listed.some((one) => one.id === id)) : present
  const added = [...files].map(([index, file]) => {
    const about = listed?.find(({ id }) => id === index)
    return storeAttachment(
      world,
      { ...file, name: about?.filename ?? file.name },
      {
        description: about?.description ?? undefined,
        durationSeconds: about?.duration_secs ?? undefined,
        waveform: about?.waveform ?? undefined,
      },
    )
  })
  const all = [...kept, ...added]
  if (all.length > 10)
    throw invalidForm([
      { path: ['attachments'], code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 10 or fewer in length.' },
    ])
  return all
}

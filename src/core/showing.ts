import { createHash } from 'node:crypto'
import { seal } from '../markdown/heal.ts'
import { longCode } from '../markdown/long-code.ts'
import { asHubError, HubError } from '../model/errors.ts'
import type { ExternalId } from '../model/ids.ts'
import type { FormattedPart, OutboundContent, OutboundFile } from '../model/outbound.ts'
import type { Answer, AnswerPart, Lease } from '../model/work.ts'
import type { Sender } from '../ports/sender.ts'
import type { AnswerStore } from '../ports/turn-store.ts'
import { removeShown } from './retraction.ts'

export interface Showing {
  /**
   * Makes the platform show exactly this, one call at a time, first part first: posts what is new, edits what
   * differs, removes what is too much. May be called again after it rejected: what is shown already stays.
   */
  show(desired: readonly OutboundContent[], final: boolean, signal: AbortSignal): Promise<void>
  /**
   * Shows growing Markdown by the platform's own means. False: not here, or not any more; `show` takes over what
   * is shown already.
   */
  grow(markdown: string, controls: Answer['controls'], signal: AbortSignal): Promise<boolean>
  /** A file that was just written down as a part, perhaps over one known before. */
  add(part: AnswerPart): void
  /** The names of the files that are parts. */
  readonly files: readonly string[]
}

/** Codes after which the platform surely has no new message. */
const NOT_POSTED: ReadonlySet<string> = new Set([
  'platform_rate_limited',
  'platform_forbidden',
  'platform_rejected',
  'platform_unauthorized',
])

/** The one door out for what an answer shows. Without a lease: an answer given at once. */
export function createShowing(options: {
  readonly answer: Answer
  readonly sender: Sender
  readonly store: AnswerStore
  readonly lease: Lease | undefined
}): Showing {
  const { answer, sender, store, lease } = options
  const parts: AnswerPart[] = [...answer.parts]
  const { target } = answer
  const { growth } = sender.capabilities(target)
  let growing: ExternalId | undefined

  const replace = (part: AnswerPart, change: Partial<AnswerPart>): AnswerPart => {
    const next = { ...part, ...change }
    parts[parts.findIndex(({ id }) => id === part.id)] = next
    return next
  }

  const post = async (part: AnswerPart, content: OutboundContent, final: boolean, signal: AbortSignal) => {
    if (part.inDoubt) {
      const found = await sender.findPosted?.(target, part.key, signal)
      if (found !== undefined) {
        await store.recordPosted(part.id, found, '')
        return replace(part, { externalId: found, sentDigest: '', inDoubt: false })
      }
      if (sender.capabilities(target).repost === 'blind') await store.recordDoubt(part.id)
    }
    await store.beginPost(lease, part.id)
    replace(part, { inDoubt: true })
    refuseLate(lease)
    try {
      const { externalId } = await sender.post(
        { target, content, key: part.key, private: answer.private, final },
        signal,
      )
      // A platform that recognized the key shows what it took the first time: only an edit makes sure.
      const sure = part.inDoubt ? '' : digest(content)
      await store.recordPosted(part.id, externalId, sure)
      return replace(part, { externalId, sentDigest: sure, inDoubt: false })
    } catch (error) {
      if (error instanceof HubError && NOT_POSTED.has(error.code)) {
        await store.recordNotPosted(part.id)
        replace(part, { inDoubt: false })
      }
      throw error
    }
  }

  const bring = async (part: AnswerPart, content: OutboundContent, final: boolean, signal: AbortSignal) => {
    const posted = part.externalId === undefined ? await post(part, content, final, signal) : part
    if (posted.sentDigest === digest(content) || content.kind === 'file' || posted.externalId === undefined)
      return
    const key = `${posted.key}v${posted.version + 1}`
    refuseLate(lease)
    try {
      await sender.edit({ target, externalId: posted.externalId, content, key, final }, signal)
    } catch (error) {
      // Somebody deleted the message: showing it again would be against their will.
      if (asHubError(error).code !== 'platform_message_gone') throw error
    }
    await store.recordEdited(posted.id, digest(content))
    replace(posted, { sentDigest: digest(content), version: posted.version + 1 })
  }

  const partAt = async (position: number): Promise<AnswerPart> => {
    const known = parts.find((part) => part.kind === 'text' && part.position === position)
    if (known) return known
    const added = await store.addPart(answer.id, position)
    parts.push(added)
    return added
  }

  const startGrowing = async (
    markdown: string,
    controls: Answer['controls'],
    signal: AbortSignal,
  ): Promise<boolean> => {
    const part = await partAt(0)
    // What stands there already, or may, is gone on with by edits.
    if (part.externalId !== undefined || part.inDoubt) return false
    const request = { target, key: part.key, externalId: undefined, markdown, controls }
    if (growth === 'preview') {
      growing = await sender.grow?.(request, signal)
      return growing !== undefined
    }
    await store.beginPost(lease, part.id)
    replace(part, { inDoubt: true })
    try {
      growing = await sender.grow?.(request, signal)
    } catch (error) {
      if (error instanceof HubError && NOT_POSTED.has(error.code)) {
        await store.recordNotPosted(part.id)
        replace(part, { inDoubt: false })
      }
      throw error
    }
    if (growing === undefined) await store.recordNotPosted(part.id)
    else await store.recordPosted(part.id, growing, '')
    replace(part, { externalId: growing, sentDigest: '', inDoubt: false })
    return growing !== undefined
  }

  return {
    add(part) {
      const known = parts.findIndex(({ id }) => id === part.id)
      if (known >= 0) parts.splice(known, 1)
      parts.push(part)
    },
    get files() {
      return parts.flatMap(({ file }) => (file ? [file.name] : []))
    },
    async grow(markdown, controls, signal) {
      if (!sender.grow || answer.private || growth === 'dropped') return false
      if (growing === undefined) return await startGrowing(markdown, controls, signal)
      const { key } = await partAt(0)
      const request = { target, key, externalId: growing, markdown, controls }
      return (await sender.grow(request, signal)) !== undefined
    },
    async show(desired, final, signal) {
      const texts = desired.filter((content) => content.kind === 'text')
      for (const [position, content] of texts.entries()) {
        signal.throwIfAborted()
        await bring(await partAt(position), content, final, signal)
      }
      for (const surplus of parts.filter((part) => part.kind === 'text' && part.position >= texts.length)) {
        refuseLate(lease)
        if (surplus.externalId !== undefined) await removeShown(sender, target, surplus.externalId, signal)
        await store.removePart(surplus.id)
        parts.splice(parts.indexOf(surplus), 1)
      }
      // Files of an answer that was since redone.
      for (const stale of parts.filter(({ kind, file }) => kind === 'file' && !file)) {
        if (stale.externalId !== undefined) await removeShown(sender, target, stale.externalId, signal)
        await store.removePart(stale.id)
        parts.splice(parts.indexOf(stale), 1)
      }
      for (const part of parts.filter(({ kind }) => kind === 'file')) {
        if (final && part.file && part.externalId === undefined) {
          await bring(part, { kind: 'file', file: part.file }, final, signal)
        }
      }
    },
  }
}

/**
 * A process that slept past its lease wakes up between a check and what was to be shown after it: by then another
 * may have shown more, which this would write over.
 */
function refuseLate(lease: Lease | undefined): void {
  if (lease?.held && performance.now() > lease.held.until)
    throw new HubError('lease_lost', 'the lease ran out before this could be shown')
}

/** Buttons stand under the last part. */
export function asContents(parts: readonly FormattedPart[], controls: Answer['controls']): OutboundContent[] {
  return parts.map((part, index) => ({
    kind: 'text',
    part,
    controls: index === parts.length - 1 ? controls : [],
  }))
}

/** An answer's whole Markdown: what stands before, the text, what stands after and is no part of it. */
export function wholeText(answer: {
  readonly preface: string
  readonly text: string
  readonly notice: string
}): string {
  const { preface, text, notice } = answer
  const body = notice.trim() === '' ? text : seal(text)
  return [preface, body, notice].filter((piece) => piece.trim() !== '').join('\n\n')
}

/** The same where code that is too long to be read in a chat goes as a file, its beginning apart. */
export function textBesideFiles(
  answer: Pick<Answer, 'preface' | 'text' | 'notice'>,
  files: readonly string[],
): string {
  const code = longCode(answer.text)
  return wholeText(code && files.includes(code.name) ? { ...answer, text: code.markdown } : answer)
}

export function fileOfLongCode(text: string): OutboundFile | undefined {
  const code = longCode(text)
  return code && { name: code.name, mimeType: 'text/plain', data: Buffer.from(code.value) }
}

function digest(content: OutboundContent): string {
  const form =
    content.kind === 'text' ? JSON.stringify([content.part.body, content.controls]) : content.file.name
  return createHash('sha256').update(form).digest('base64url').slice(0, 22)
}

import { blockFaults, isObject, withIds } from '../block-kit.ts'
import type { SlackMessage, Wire } from '../model.ts'
import { strayAngle } from '../mrkdwn.ts'
import { invalidArguments, Refusal } from './refusal.ts'

export interface Content {
  readonly text: string | undefined
  readonly format: SlackMessage['format']
  readonly blocks: Wire[] | undefined
  readonly attachments: Wire[] | undefined
}

const TEXT_LIMIT = 40_000
export const MARKDOWN_LIMIT = 12_000

interface Fields {
  text(name: string): string | undefined
  json(name: string): unknown
}

/** Checks what a message is to show. Absent members were not given. */
export function readContent(args: Fields): Content {
  const markdown = args.text('markdown_text')
  const text = args.text('text')
  const blocks = args.json('blocks')
  const attachments = args.json('attachments')
  if (markdown !== undefined) {
    if (text !== undefined || blocks !== undefined) throw new Refusal('markdown_text_conflict')
    if (markdown.length > MARKDOWN_LIMIT) throw new Refusal('msg_too_long')
    if (markdown.trim() === '') throw new Refusal('no_text')
    return {
      text: markdown,
      format: 'markdown',
      blocks: undefined,
      attachments: readAttachments(attachments),
    }
  }
  if (text !== undefined) checkText(text)
  return { text, format: 'mrkdwn', blocks: readBlocks(blocks), attachments: readAttachments(attachments) }
}

export function isEmpty({ text, blocks, attachments }: Content): boolean {
  return (text ?? '').trim() === '' && (blocks ?? []).length === 0 && (attachments ?? []).length === 0
}

export function readBlocks(value: unknown): Wire[] | undefined {
  if (value === undefined) return undefined
  const faults = blockFaults(value, 'message')
  if (faults)
    throw new Refusal(faults.code, {
      errors: faults.messages,
      response_metadata: { messages: faults.messages },
    })
  return Array.isArray(value) ? withIds(value.filter(isObject)) : undefined
}

export function readMetadata(value: unknown): Wire | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) throw new Refusal('invalid_metadata_format')
  if (Object.keys(value).length === 0) return {}
  if (typeof value.event_type !== 'string' || !isObject(value.event_payload)) {
    throw new Refusal('invalid_metadata_schema')
  }
  if (JSON.stringify(value).length > 16_000) throw new Refusal('metadata_too_large')
  return value
}

export function checkText(text: string): void {
  if (text.length > TEXT_LIMIT) throw new Refusal('msg_too_long')
  const stray = strayAngle(text)
  if (stray !== undefined) throw invalidArguments([`unescaped < in text: ${stray}`])
}

function readAttachments(value: unknown): Wire[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || !value.every(isObject)) throw new Refusal('invalid_attachments')
  if (value.length > 100) throw new Refusal('too_many_attachments')
  return value
}

import { freshId } from './identity.ts'
import type { Wire } from './model.ts'
import { strayAngle } from './mrkdwn.ts'

export interface BlockFaults {
  readonly code: 'invalid_blocks' | 'invalid_blocks_format' | 'msg_blocks_too_long'
  readonly messages: readonly string[]
}

type Report = (pointer: string, message: string) => void

const KNOWN = new Set([
  ...[
    'section',
    'header',
    'context',
    'actions',
    'markdown',
    'divider',
    'image',
    'rich_text',
    'input',
    'file',
  ],
  ...['video', 'table', 'context_actions', 'plan', 'task_card', 'call', 'alert', 'card', 'carousel'],
  ...['data_table', 'container'],
])
const BUTTON_TEXT = 75
const TOTAL_TEXT = 13_200

/** Block Kit's limits as docs.slack.dev/reference/block-kit states them; undefined when all is well. */
export function blockFaults(value: unknown, surface: 'message' | 'view'): BlockFaults | undefined {
  if (!Array.isArray(value) || !value.every(isObject)) {
    return { code: 'invalid_blocks_format', messages: ['[ERROR] blocks must be an array of objects'] }
  }
  const blocks = value
  const messages: string[] = []
  const report: Report = (pointer, message) => messages.push(`[ERROR] ${message} [json-pointer:${pointer}]`)
  const limit = surface === 'message' ? 50 : 100
  if (blocks.length > limit) report('/blocks', `no more than ${limit} items allowed`)
  const ids = blocks.map(({ block_id }) => block_id).filter((id) => id !== undefined)
  if (new Set(ids).size !== ids.length) report('/blocks', 'block_id must be unique')
  for (const [index, block] of blocks.entries()) checkBlock(block, `/blocks/${index}`, report)
  const markdown = blocks.filter(({ type }) => type === 'markdown').map(({ text }) => lengthOf(text))
  if (markdown.reduce((sum, length) => sum + length, 0) > 12_000) {
    report('/blocks', 'markdown blocks may hold 12000 characters together')
  }
  if (messages.length > 0) return { code: 'invalid_blocks', messages }
  return totalText(blocks) > TOTAL_TEXT ? { code: 'msg_blocks_too_long', messages: [] } : undefined
}

/** Fills in the block and action ids that Slack makes up for those left out. */
export function withIds(blocks: readonly Wire[]): Wire[] {
  return blocks.map((block) => ({
    ...block,
    block_id: block.block_id ?? freshId('b'),
    ...(Array.isArray(block.elements) && block.type !== 'rich_text'
      ? { elements: block.elements.map((element: unknown) => withActionId(element)) }
      : {}),
    ...(isObject(block.accessory) ? { accessory: withActionId(block.accessory) } : {}),
    ...(isObject(block.element) ? { element: withActionId(block.element) } : {}),
  }))
}

function withActionId(element: unknown): unknown {
  if (!isObject(element)) return element
  return element.type === 'mrkdwn' || element.type === 'plain_text' || element.type === 'image'
    ? element
    : { ...element, action_id: element.action_id ?? freshId('a') }
}

function checkBlock(block: Wire, at: string, report: Report): void {
  if (!KNOWN.has(String(block.type))) {
    report(at, `unsupported block type: ${String(block.type)}`)
    return
  }
  if (lengthOf(block.block_id) > 255) report(`${at}/block_id`, 'must be less than 256 characters')
  switch (block.type) {
    case 'section':
      checkSection(block, at, report)
      break
    case 'header':
      checkText(block.text, 150, `${at}/text`, report, 'plain_text')
      break
    case 'markdown':
      if (lengthOf(block.text) === 0) report(`${at}/text`, 'must be more than 0 characters')
      break
    case 'context':
      for (const [index, element] of checkElements(block, 10, at, report)) {
        if (element.type === 'image') checkImage(element, `${at}/elements/${index}`, report)
        else checkText(element, 3000, `${at}/elements/${index}`, report)
      }
      break
    case 'actions':
    case 'context_actions':
      for (const [index, element] of checkElements(block, block.type === 'actions' ? 25 : 5, at, report)) {
        checkElement(element, `${at}/elements/${index}`, report)
      }
      break
    case 'rich_text':
      checkElements(block, Number.POSITIVE_INFINITY, at, report)
      break
    case 'image':
      checkImage(block, at, report)
      break
    case 'input':
      checkText(block.label, 2000, `${at}/label`, report, 'plain_text')
      if (isObject(block.element)) checkElement(block.element, `${at}/element`, report)
      else report(`${at}/element`, 'missing required field: element')
      break
  }
}

function checkSection(block: Wire, at: string, report: Report): void {
  if (block.text === undefined && block.fields === undefined)
    report(at, 'missing required field: text or fields')
  if (block.text !== undefined) checkText(block.text, 3000, `${at}/text`, report)
  const fields: unknown[] = Array.isArray(block.fields) ? block.fields : []
  if (fields.length > 10) report(`${at}/fields`, 'no more than 10 items allowed')
  for (const [index, field] of fields.entries()) checkText(field, 2000, `${at}/fields/${index}`, report)
  if (isObject(block.accessory)) checkElement(block.accessory, `${at}/accessory`, report)
}

function checkElements(block: Wire, limit: number, at: string, report: Report): [number, Wire][] {
  const elements: unknown[] = Array.isArray(block.elements) ? block.elements : []
  if (elements.length === 0) report(`${at}/elements`, 'must provide at least 1 item')
  if (elements.length > limit) report(`${at}/elements`, `no more than ${limit} items allowed`)
  return elements.flatMap((element, index): [number, Wire][] => (isObject(element) ? [[index, element]] : []))
}

function checkElement(element: Wire, at: string, report: Report): void {
  if (lengthOf(element.action_id) > 255) report(`${at}/action_id`, 'must be less than 256 characters')
  if (element.type === 'button') {
    checkText(element.text, BUTTON_TEXT, `${at}/text`, report, 'plain_text')
    if (lengthOf(element.value) > 2000) report(`${at}/value`, 'must be less than 2001 characters')
    if (element.style !== undefined && element.style !== 'primary' && element.style !== 'danger') {
      report(`${at}/style`, 'must be primary or danger')
    }
  }
  if (element.placeholder !== undefined)
    checkText(element.placeholder, 150, `${at}/placeholder`, report, 'plain_text')
  if (element.options === undefined) return
  const options: unknown[] = Array.isArray(element.options) ? element.options : []
  if (options.length === 0) report(`${at}/options`, 'must provide at least 1 item')
  if (options.length > 100) report(`${at}/options`, 'no more than 100 items allowed')
  for (const [index, option] of options.entries()) {
    if (!isObject(option)) continue
    checkText(option.text, BUTTON_TEXT, `${at}/options/${index}/text`, report)
    if (lengthOf(option.value) > 150)
      report(`${at}/options/${index}/value`, 'must be less than 151 characters')
  }
}

function checkImage(image: Wire, at: string, report: Report): void {
  if (lengthOf(image.alt_text) === 0) report(`${at}/alt_text`, 'missing required field: alt_text')
  if (image.image_url === undefined && image.slack_file === undefined)
    report(at, 'missing required field: image_url')
}

function checkText(value: unknown, limit: number, at: string, report: Report, only?: 'plain_text'): void {
  if (!isObject(value)) {
    report(at, 'must be a text object')
    return
  }
  if (value.type !== 'plain_text' && (only === 'plain_text' || value.type !== 'mrkdwn')) {
    report(`${at}/type`, `unsupported type: ${String(value.type)}`)
  }
  const length = lengthOf(value.text)
  if (length === 0) report(`${at}/text`, 'must be more than 0 characters')
  if (length > limit) report(`${at}/text`, `must be less than ${limit + 1} characters`)
  const stray = value.type === 'mrkdwn' ? strayAngle(String(value.text)) : undefined
  if (stray !== undefined) report(`${at}/text`, `unescaped <: ${stray}`)
}

function totalText(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + totalText(item), 0)
  if (!isObject(value)) return 0
  const own = typeof value.text === 'string' ? value.text.length : 0
  return Object.values(value).reduce((sum: number, child) => sum + totalText(child), own)
}

export function isObject(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0
}

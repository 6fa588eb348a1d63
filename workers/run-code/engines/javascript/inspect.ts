import { layOut, type Pass, type Shape } from './layout.ts'
import { formatString, quote } from './quote.ts'
import {
  constructorName,
  functionBase,
  isBranded,
  isTyped,
  notIndex,
  ownKeys,
  toStringTag,
  typedArrayName,
} from './reflection.ts'
import { cutStack, type Locate } from './stack.ts'

/** Shows values the way Node's REPL does: two levels deep, 80 columns, long lists and strings cut. */
export interface Inspector {
  inspect(value: unknown, depth?: number): string
}

const MAX_LIST = 100
const MAX_PROPERTIES = 5_000
const IDENTIFIER = /^[a-zA-Z_][a-zA-Z_0-9]*$/
const CUSTOM = Symbol.for('nodejs.util.inspect.custom')

export function createInspector(locate: Locate): Inspector {
  function formatValue(pass: Pass, value: unknown, level: number): string {
    if (typeof value === 'string') return formatString(value, pass.indentation, level > 0)
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'symbol') return Symbol.prototype.toString.call(value)
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return `${value}`
    if (pass.path.includes(value)) {
      const index = pass.circular.get(value) ?? pass.circular.size + 1
      pass.circular.set(value, index)
      return `[Circular *${index}]`
    }
    const custom: unknown = Reflect.get(value, CUSTOM)
    if (typeof custom === 'function') {
      const shown: unknown = custom.call(value, pass.depth - level, {}, inspect)
      if (shown !== value) return typeof shown === 'string' ? shown : formatValue(pass, shown, level)
    }
    return formatObject(pass, value, level)
  }

  function formatObject(pass: Pass, value: object, level: number): string {
    const shape = shapeOf(pass, value, level + 1)
    if (shape.entries.length === 0 && shape.keys.length === 0 && shape.more === undefined) {
      if (shape.base !== '') return shape.base
      return `${shape.open}${shape.close}`
    }
    if (level > pass.depth) {
      if (Array.isArray(value)) return '[Array]'
      const name = constructorName(value)
      return `[${name === undefined ? 'Object: null prototype' : name || 'Object'}]`
    }
    pass.path.push(value)
    pass.deepest = level
    const output: string[] = []
    for (const entry of shape.entries) output.push(entry())
    if (shape.more !== undefined) output.push(shape.more)
    for (const key of shape.keys) {
      if (pass.budget-- <= 0) {
        output.push('...')
        break
      }
      output.push(formatProperty(pass, value, key, level + 1))
    }
    pass.path.pop()
    const index = pass.circular.get(value)
    const reference = index === undefined ? '' : `<ref *${index}> `
    const base = shape.base === '' ? '' : `${reference}${shape.base}`
    const open = shape.base === '' ? `${reference}${shape.open}` : shape.open
    return layOut(pass, output, { ...shape, base, open }, level)
  }

  function formatProperty(pass: Pass, value: object, key: PropertyKey, level: number): string {
    const descriptor = Object.getOwnPropertyDescriptor(value, key)
    let text: string
    if (descriptor === undefined) text = 'undefined'
    else if (descriptor.get !== undefined)
      text = descriptor.set === undefined ? '[Getter]' : '[Getter/Setter]'
    else if (descriptor.set !== undefined) text = '[Setter]'
    else text = indented(pass, () => formatValue(pass, descriptor.value, level))
    const name =
      typeof key === 'symbol'
        ? Symbol.prototype.toString.call(key)
        : key === '__proto__'
          ? "['__proto__']"
          : descriptor?.enumerable === false
            ? `[${String(key)}]`
            : IDENTIFIER.test(String(key))
              ? String(key)
              : quote(String(key))
    return `${name}: ${text}`
  }

  function indented(pass: Pass, format: () => string): string {
    pass.indentation += 2
    const text = format()
    pass.indentation -= 2
    return text
  }

  function shapeOf(pass: Pass, value: object, level: number): Shape {
    const name = constructorName(value)
    const tag = toStringTag(value, name)
    const keys = ownKeys(value)
    const prefix = (fallback: string, size = ''): string =>
      `${name === undefined ? `[${fallback}${size}: null prototype]` : `${name}${size}`} ${tag}`
    const nested = (item: unknown): string => indented(pass, () => formatValue(pass, item, level))

    if (Array.isArray(value)) {
      const open = name === 'Array' && tag === '' ? '[' : `${prefix('Array', `(${value.length})`)}[`
      return { ...arrayShape(value, nested), open, keys: keys.filter(notIndex) }
    }
    if (isTyped(value)) {
      const fallback = typedArrayName(value)
      const shape = arrayShape(value, (item) => formatValue(pass, item, level))
      return { ...shape, open: `${prefix(fallback, `(${value.length})`)}[`, keys: keys.filter(notIndex) }
    }
    const braces = { open: '{', close: '}', base: '', entries: [], list: false, keys }
    if (isBranded(value, Set, () => Set.prototype.has.call(value, undefined))) {
      const items = [...Set.prototype.values.call(value)]
      return {
        ...braces,
        open: `${prefix('Set', `(${items.length})`)}{`,
        entries: items.slice(0, MAX_LIST).map((item) => () => nested(item)),
        ...moreItems(items.length),
      }
    }
    if (isBranded(value, Map, () => Map.prototype.has.call(value, undefined))) {
      const items = [...Map.prototype.entries.call(value)]
      return {
        ...braces,
        open: `${prefix('Map', `(${items.length})`)}{`,
        entries: items.slice(0, MAX_LIST).map(
          ([key, item]) =>
            () =>
              `${nested(key)} => ${nested(item)}`,
        ),
        ...moreItems(items.length),
      }
    }
    if (typeof value === 'function') return { ...braces, base: functionBase(value, name, tag) }
    if (Object.prototype.toString.call(value) === '[object Arguments]') {
      const items = Array.prototype.slice.call(value)
      return { ...arrayShape(items, nested), open: '[Arguments] [', keys: keys.filter(notIndex) }
    }
    if (value instanceof Error) return errorShape(pass, value, keys, nested)
    if (isBranded(value, RegExp, () => RegExp.prototype.exec.call(value, '')))
      return { ...braces, base: `${withPrefix(name, 'RegExp')}${RegExp.prototype.toString.call(value)}` }
    if (isBranded(value, Date, () => Date.prototype.getTime.call(value))) {
      const time = Date.prototype.getTime.call(value)
      const text = Number.isNaN(time) ? 'Invalid Date' : Date.prototype.toISOString.call(value)
      return { ...braces, base: `${withPrefix(name, 'Date')}${text}` }
    }
    if (value instanceof Number || value instanceof Boolean || value instanceof BigInt)
      return { ...braces, base: `[${name ?? 'Object'}: ${formatValue(pass, value.valueOf(), level)}]` }
    if (value instanceof String)
      return { ...braces, base: `[String: ${quote(value.valueOf())}]`, keys: keys.filter(notIndex) }
    if (value instanceof Symbol)
      return { ...braces, base: `[Symbol: ${Symbol.prototype.toString.call(value.valueOf())}]` }
    if (value instanceof ArrayBuffer) {
      const bytes = new Uint8Array(value)
      const rest = bytes.length - MAX_LIST
      const hex = [...bytes.slice(0, MAX_LIST)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
      const more = rest > 0 ? ` ... ${rest} more byte${rest > 1 ? 's' : ''}` : ''
      const entries = [() => `[Uint8Contents]: <${hex}${more}>`, () => `[byteLength]: ${bytes.length}`]
      return { ...braces, open: `${prefix('ArrayBuffer')}{`, entries }
    }
    if (value instanceof WeakMap || value instanceof WeakSet)
      return { ...braces, open: `${prefix('WeakSet')}{`, entries: [() => '<items unknown>'] }
    if (name === 'Object' && tag === '') return braces
    if (keys.length === 0) return { ...braces, base: `${prefix('Object')}{}` }
    return { ...braces, open: `${prefix('Object')}{` }
  }

  function errorShape(
    pass: Pass,
    error: Error,
    keys: readonly PropertyKey[],
    nested: (item: unknown) => string,
  ): Shape {
    const stack: unknown = error.stack
    let base = typeof stack === 'string' && stack !== '' ? cutStack(stack, locate) : String(error)
    if (!base.includes('\n    at ')) base = `[${base}]`
    if (pass.indentation > 0) base = base.replaceAll('\n', `\n${' '.repeat(pass.indentation)}`)
    const hidden = ['name', 'message', 'stack'].filter((key) =>
      base.includes(String(Reflect.get(error, key))),
    )
    const entries: (() => string)[] = []
    if (Object.hasOwn(error, 'cause') && !keys.includes('cause'))
      entries.push(() => `[cause]: ${nested(error.cause)}`)
    if (error instanceof AggregateError && !keys.includes('errors'))
      entries.push(() => `[errors]: ${nested(error.errors)}`)
    const shown = keys.filter((key) => key !== 'stack' && !hidden.includes(String(key)))
    return { open: '{', close: '}', base, entries, list: false, keys: shown }
  }

  function inspect(value: unknown, depth = 2): string {
    return formatValue(
      { depth, path: [], circular: new Map(), indentation: 0, deepest: 0, budget: MAX_PROPERTIES },
      value,
      0,
    )
  }

  return { inspect: (value, depth) => inspect(value, typeof depth === 'number' ? depth : 2) }
}

function arrayShape(value: ArrayLike<unknown>, format: (item: unknown) => string): Shape {
  const entries: (() => string)[] = []
  let index = 0
  let numeric = true
  while (index < value.length && entries.length < MAX_LIST) {
    if (Object.hasOwn(value, index)) {
      const item = value[index]
      if (typeof item !== 'number' && typeof item !== 'bigint') numeric = false
      entries.push(() => format(item))
      index++
      continue
    }
    const next = nextIndex(value, index)
    const holes = next - index
    numeric = false
    entries.push(() => `<${holes} empty item${holes > 1 ? 's' : ''}>`)
    index = next
  }
  const rest = value.length - index
  const more = rest > 0 ? { more: `... ${rest} more item${rest > 1 ? 's' : ''}` } : {}
  return { open: '[', close: ']', base: '', entries, list: true, numeric, keys: [], ...more }
}

function nextIndex(value: ArrayLike<unknown>, from: number): number {
  if (value.length - from < 1_000) {
    let index = from
    while (index < value.length && !Object.hasOwn(value, index)) index++
    return index
  }
  // A sparse array may be 2^32 long: its keys are few, its indexes are not.
  const found = Object.keys(value).find((key) => !notIndex(key) && Number(key) >= from)
  return found === undefined ? value.length : Number(found)
}

function moreItems(size: number): { more?: string } {
  const rest = size - MAX_LIST
  return rest > 0 ? { more: `... ${rest} more item${rest > 1 ? 's' : ''}` } : {}
}

function withPrefix(name: string | undefined, expected: string): string {
  return name === expected ? '' : name === undefined ? `[${expected}: null prototype] ` : `${name} `
}

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get

export function typedArrayName(value: object): string {
  return String(typedArrayTag?.call(value))
}

export function functionBase(value: object, name: string | undefined, tag: string): string {
  const source = Function.prototype.toString.call(value)
  const own: unknown = Reflect.get(value, 'name')
  const label = typeof own === 'string' && own !== '' ? own : '(anonymous)'
  if (source.startsWith('class') && source.endsWith('}')) {
    const parent: unknown = Object.getPrototypeOf(value)
    const from = typeof parent === 'function' && parent.name !== '' ? ` extends ${parent.name}` : ''
    return `[class ${label}${from}]`
  }
  const kind = name ?? 'Function (null prototype)'
  const text = label === '(anonymous)' ? `[${kind} (anonymous)]` : `[${kind}: ${label}]`
  return tag === '' || kind.includes('Generator') || kind.startsWith('Async') ? text : `${text} ${tag.trim()}`
}

/** The nearest named constructor up the prototype chain; undefined for a null prototype. */
export function constructorName(value: object): string | undefined {
  let current: unknown = value
  for (let step = 0; step < 1_000; step++) {
    if (current === null || (typeof current !== 'object' && typeof current !== 'function')) return undefined
    const maker: unknown = Object.getOwnPropertyDescriptor(current, 'constructor')?.value
    if (typeof maker === 'function' && maker.name !== '' && isInstance(value, maker))
      return String(maker.name)
    current = Object.getPrototypeOf(current)
  }
  return undefined
}

// biome-ignore lint/complexity/noBannedTypes: any function can stand right of instanceof.
function isInstance(value: object, parent: Function): boolean {
  try {
    return value instanceof parent
  } catch {
    return false
  }
}

/** Empty, or `[tag] ` with its trailing space. */
export function toStringTag(value: object, name: string | undefined): string {
  const tag: unknown = Reflect.get(value, Symbol.toStringTag)
  if (typeof tag !== 'string' || tag === '' || tag === name) return ''
  // An enumerable one is listed with the other properties.
  return Object.prototype.propertyIsEnumerable.call(value, Symbol.toStringTag) ? '' : `[${tag}] `
}

export function ownKeys(value: object): PropertyKey[] {
  const keys: PropertyKey[] = Object.keys(value)
  for (const symbol of Object.getOwnPropertySymbols(value))
    if (Object.prototype.propertyIsEnumerable.call(value, symbol)) keys.push(symbol)
  return keys
}

export function notIndex(key: PropertyKey): boolean {
  return typeof key === 'symbol' || !/^(?:0|[1-9]\d{0,9})$/.test(String(key))
}

export function isTyped(value: object): value is Uint8Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

export function isBranded<T extends object>(
  value: object,
  expected: abstract new (...args: never[]) => T,
  touchSlot: () => unknown,
): value is T {
  if (!(value instanceof expected)) return false
  try {
    touchSlot()
    return true
  } catch {
    return false
  }
}

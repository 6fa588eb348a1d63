/** The structured clone of plain data: objects, lists, maps, sets, dates, patterns, errors, buffers, cycles. */
export function structuredClone(value: unknown): unknown {
  return cloneValue(value, new Map())
}

function cloneValue(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw cloneError(value)
  if (typeof value !== 'object' || value === null) return value
  if (seen.has(value)) return seen.get(value)
  const keep = <T>(copy: T): T => {
    seen.set(value, copy)
    return copy
  }
  if (value instanceof Date) return keep(new Date(value.getTime()))
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags))
  if (value instanceof ArrayBuffer) return keep(value.slice(0))
  if (ArrayBuffer.isView(value)) return keep(cloneView(value, seen))
  if (value instanceof Number || value instanceof String || value instanceof Boolean)
    return keep(Object(value.valueOf()))
  if (value instanceof Map) {
    const copy = keep(new Map())
    for (const [key, item] of [...value]) copy.set(cloneValue(key, seen), cloneValue(item, seen))
    return copy
  }
  if (value instanceof Set) {
    const copy = keep(new Set())
    for (const item of [...value]) copy.add(cloneValue(item, seen))
    return copy
  }
  if (value instanceof Error) {
    const copy = keep(new Error(value.message))
    copy.name = value.name
    if (value.stack !== undefined) copy.stack = value.stack
    return copy
  }
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof Promise)
    throw cloneError(value)
  const copy: object = keep(Array.isArray(value) ? new Array(value.length) : {})
  for (const key of Object.keys(value))
    Object.defineProperty(copy, key, {
      value: cloneValue(Reflect.get(value, key), seen),
      writable: true,
      enumerable: true,
      configurable: true,
    })
  return copy
}

function cloneView(view: ArrayBufferView, seen: Map<object, unknown>): unknown {
  const buffer = cloneValue(view.buffer, seen)
  const length = view instanceof DataView ? view.byteLength : Reflect.get(view, 'length')
  const kind: unknown = Reflect.get(view, 'constructor')
  if (typeof kind !== 'function') throw cloneError(view)
  return Reflect.construct(kind, [buffer, view.byteOffset, length])
}

function cloneError(value: unknown): Error {
  const what = typeof value === 'object' ? 'This value' : String(value)
  const error = new Error(`${what} could not be cloned.`)
  error.name = 'DataCloneError'
  return error
}

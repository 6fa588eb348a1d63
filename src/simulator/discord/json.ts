export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A deep copy that shares nothing with the original, without absent properties. */
export function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null))
}

export function toJsonObject(value: unknown): JsonObject {
  const copy = toJson(value)
  if (!isJsonObject(copy)) throw new TypeError('not a JSON object')
  return copy
}

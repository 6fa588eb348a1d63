export type JsonObject = { [key: string]: unknown }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectAt(value: JsonObject, key: string): JsonObject | undefined {
  const found = value[key]
  return isObject(found) ? found : undefined
}

export function stringAt(value: JsonObject, key: string): string | undefined {
  const found = value[key]
  return typeof found === 'string' ? found : undefined
}

export function numberAt(value: JsonObject, key: string): number | undefined {
  const found = value[key]
  return typeof found === 'number' ? found : undefined
}

export function stringsAt(value: JsonObject, key: string): readonly string[] | undefined {
  const found = value[key]
  return Array.isArray(found) && found.every((item) => typeof item === 'string') ? found : undefined
}

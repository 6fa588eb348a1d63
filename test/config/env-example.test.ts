import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { environmentSchema } from '../../config/schema.ts'

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
const lines = text.split('\n')
const VARIABLE = /^# ([A-Z][A-Z0-9_]*)=(.*)$/

/** Each variable with what stands after its `=`, and whether the comment above calls that an example. */
const shown = new Map<string, { readonly value: string; readonly isExample: boolean }>()
for (const [index, line] of lines.entries()) {
  const match = VARIABLE.exec(line)
  if (match?.[1] === undefined) continue
  const above = lines.slice(0, index).findLast((one) => !VARIABLE.test(one)) ?? ''
  shown.set(match[1], { value: match[2] ?? '', isExample: / e\.g\.( |$)/.test(above) })
}

it('names every variable of the schema, in its order, and no other', () => {
  expect([...shown.keys()]).toEqual(Object.keys(environmentSchema.shape))
})

it('sets nothing as it stands', () => {
  expect(parseEnv(text)).toEqual({})
})

it('explains every group of variables', () => {
  for (const [index, line] of lines.entries()) {
    if (VARIABLE.test(line)) expect(lines[index - 1], `above ${line}`).toMatch(/^# /)
  }
})

it('shows the defaults, and examples that are understood', () => {
  const defaults = environmentSchema.parse({})
  for (const [name, { value, isExample }] of shown) {
    if (value === '') {
      expect(defaults, name).not.toHaveProperty(name)
      continue
    }
    const read = environmentSchema.parse({ [name]: value })
    if (!isExample) expect(read, name).toEqual(defaults)
    else expect(defaults, name).not.toHaveProperty(name)
  }
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { RULES } from './architecture/rules.ts'
import { readTree } from './architecture/tree.ts'

const tree = readTree(fileURLToPath(new URL('..', import.meta.url)))

describe('the tree', () => {
  it('is read at all', () => {
    expect(tree.files.length).toBeGreaterThan(100)
  })

  for (const [name, rule] of Object.entries(RULES)) {
    it(name, () => {
      expect(rule(tree), `\n  ${rule(tree).join('\n  ')}\n`).toEqual([])
    })
  }
})

/** Small trees, each breaking one rule, and what the rule says of them. */
const BROKEN: Readonly<
  Record<keyof typeof RULES, readonly (readonly [Readonly<Record<string, string>>, RegExp])[]>
> = {
  'arrows point one way': [
    [
      { 'src/core/a.ts': "import { b } from '../db/b.ts'" },
      /a\.ts:1 .*src\/core may not import anything from src\/db/,
    ],
    [{ 'src/model/a.ts': "\nimport type { B } from '../ports/b.ts'" }, /a\.ts:2 /],
    [
      { 'src/ports/a.ts': "export type A = import('../core/b.ts').B" },
      /src\/ports may not import anything from src\/core/,
    ],
    [{ 'src/db/a.ts': "export * from '../queue/b.ts'" }, /src\/db may not/],
    [
      { 'workers/turn.ts': "await import('./reply/index.ts')" },
      /workers may not import anything from workers\/reply/,
    ],
    [{ 'workers/reply/a.ts': "import '../run-code/b.ts'" }, /from workers\/run-code/],
    [{ 'workers/reply/a.ts': "import '../../adapters/slack/index.ts'" }, /from adapters\/slack/],
    [{ 'adapters/slack/a.ts': "import '../discord/index.ts'" }, /from adapters\/discord/],
    [{ 'src/simulator/slack/a.ts': "import type { M } from '../../model/ids.ts'" }, /src\/simulator may not/],
    [{ 'workers/a.ts': "import { environmentSchema } from '../config/schema.ts'" }, /may not import values/],
    [{ 'src/web/a.ts': "import { x } from '../../test/support/x.ts'" }, /from test\/support/],
    [{ 'src/misc/a.ts': '' }, /src\/misc\/a\.ts stands in no room/],
  ],
  'no import cycles, types included': [
    [{ 'src/core/a.ts': "import './b.ts'", 'src/core/b.ts': "import './a.ts'" }, /a\.ts, src\/core\/b\.ts/],
    [
      {
        'src/core/a.ts': "import type { B } from './b.ts'",
        'src/core/b.ts': "import './c.ts'",
        'src/core/c.ts': "export type A = import('./a.ts').A",
      },
      /a\.ts, src\/core\/b\.ts, src\/core\/c\.ts/,
    ],
    [{ 'src/core/a.ts': "import './a.ts'" }, /imports itself/],
  ],
  'an adapter is entered by its index': [
    [{ 'adapters/registry.ts': "import './slack/send.ts'" }, /past adapters\/slack\/index\.ts/],
  ],
  'entries are imported by journeys and their support only': [
    [
      { 'test/core/a.test.ts': "import '../../src/entry/run-hub.ts'" },
      /imports the entry src\/entry\/run-hub\.ts/,
    ],
    [{ 'src/web/a.ts': "import type { H } from '../entry/run-hub.ts'" }, /src\/web\/a\.ts:1/],
  ],
  'each library stays in its room': [
    [{ 'src/core/a.ts': "import type { Job } from 'bullmq'" }, /bullmq, which stays in src\/queue/],
    [{ 'src/core/a.ts': "import { eq } from 'drizzle-orm/pg-core'" }, /drizzle-orm, which stays in src\/db/],
    [{ 'src/web/a.ts': "import pg from 'pg'" }, /pg, which stays in src\/db, src\/queue/],
    [
      { 'src/entry/a.ts': "import cookie from '@fastify/cookie'" },
      /@fastify\/cookie, which stays in src\/web/,
    ],
    [
      { 'adapters/discord/a.ts': "import { App } from '@slack/bolt'" },
      /@slack\/bolt, which stays in adapters\/slack/,
    ],
    [
      { 'src/core/a.ts': "const { OpenAI } = await import('openai')" },
      /openai, which stays in workers\/reply/,
    ],
    [{ 'src/core/a.ts': "import pino from 'pino'" }, /pino, which stays in src\/entry/],
    [{ 'src/web/a.ts': "import { Type } from 'typebox'" }, /typebox, which has no room/],
  ],
  'the environment is read in one place': [
    [{ 'src/core/a.ts': 'export const a = process.env.PORT' }, /a\.ts:1 reads the environment/],
    [{ 'workers/a.ts': "export const a = globalThis.process['env']" }, /reads/],
    [{ 'src/db/a.ts': "import { env } from 'node:process'" }, /reads/],
    [{ 'test/core/a.test.ts': 'const { env } = process' }, /reads/],
  ],
  'no platform is named where all are served': [
    [{ 'src/core/a.ts': "if (p === 'slack') go()" }, /names a platform: slack/],
    [{ 'src/db/a.ts': 'export const isDiscordThread = 1' }, /isDiscordThread/],
    [{ 'workers/reply/a.ts': 'say(`on Telegram`)' }, /on Telegram/],
    [{ 'src/ports/a.ts': 'export interface A { matrix_room: string }' }, /matrix_room/],
  ],
  'types are not loosened': [
    [{ 'src/core/a.ts': 'export const a: any = 1' }, /a\.ts:1 says any/],
    [{ 'test/core/a.ts': 'export const a = 1 as unknown as string' }, /as unknown as/],
    [{ 'src/core/a.ts': `\n// @ts-${'ignore'}\nexport const a = 1` }, /a\.ts:2 says @ts-/],
  ],
  'files fit a screen or two': [
    [{ 'src/core/a.ts': 'export {}\n'.repeat(351) }, /a\.ts has 351 lines, more than 350/],
  ],
  'the top level holds what was agreed': [[{ 'bench/main.txt': '' }, /^bench does not belong/]],
}

/** A tree that keeps every rule while it looks like breaking one. */
const SOUND = {
  'src/core/a.ts': [
    '// slack: process.env, and any platform named in a comment',
    "import type { B } from '../ports/b.ts'",
    "import { z } from 'zod'",
    "export const text = 'process.env.PORT and any as unknown as string'",
    'export const env = { env: 1 }.env',
  ].join('\n'),
  'src/ports/b.ts': "import type { Environment } from '../../config/schema.ts'\n".repeat(350),
  'config/load.ts': 'export const source = process.env',
  'adapters/registry.ts': "import { slack } from './slack/index.ts'",
  'adapters/slack/index.ts': "import { App } from '@slack/bolt'\nimport './send.ts'",
  'test/journeys/a.test.ts': "import '../../src/entry/run-hub.ts'\nimport 'typebox'",
  '.gitignore': 'node_modules/\n/data/\n*.log\n',
  'data/file': '',
  'hub.log': '',
}

const roots: string[] = []

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true })
})

function treeOf(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'brainall-tree-'))
  roots.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return readTree(root)
}

describe('a rule', () => {
  it.each(Object.keys(RULES))('has a tree that breaks it: %s', (name) => {
    expect(BROKEN[name]?.length).toBeGreaterThan(0)
  })

  for (const [name, broken] of Object.entries(BROKEN)) {
    it.each(broken)(`${name}: %j`, (files, complaint) => {
      expect(RULES[name]?.(treeOf(files))).toEqual([expect.stringMatching(complaint)])
    })
  }

  it.each(Object.entries(RULES))('lets sound code pass: %s', (_, rule) => {
    expect(rule(treeOf(SOUND))).toEqual([])
  })
})

import type { RunLanguage } from '../../../src/model/command.ts'
import type { Engine } from '../engine.ts'
import { javascript } from './javascript/index.ts'
import { lua } from './lua/index.ts'
import { python } from './python/index.ts'
import { sql } from './sql/index.ts'

export const ENGINE_OF: Readonly<Record<RunLanguage, Engine>> = {
  javascript,
  typescript: javascript,
  python,
  sql,
  lua,
}

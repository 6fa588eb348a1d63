import type { Attack } from './attack.ts'
import { FLOODS } from './floods.ts'
import { HANGS } from './hangs.ts'
import { MEMORY } from './memory.ts'
import { REACHES } from './reach.ts'
import { TRICKS } from './tricks.ts'

export const ATTACKS: readonly Attack[] = [...HANGS, ...MEMORY, ...FLOODS, ...REACHES, ...TRICKS]

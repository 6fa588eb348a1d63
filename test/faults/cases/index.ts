import type { FaultCase } from '../case.ts'
import { delivery } from './delivery.ts'
import { files } from './files.ts'
import { kills } from './kills.ts'
import { load } from './load.ts'
import { matrixPositions } from './matrix-positions.ts'
import { modelPace } from './model-pace.ts'
import { modelServers } from './model-servers.ts'
import { models } from './models.ts'
import { moments } from './moments.ts'
import { platformLimits } from './platform-limits.ts'
import { platformOutages } from './platform-outages.ts'
import { platforms } from './platforms.ts'
import { randomKills } from './random-kills.ts'
import { refusedEdits } from './refused-edits.ts'
import { speech } from './speech.ts'
import { stops } from './stops.ts'
import { storage } from './storage.ts'
import { surroundings } from './surroundings.ts'

/** In the order of the list of faults. */
export const CASES: readonly FaultCase[] = [
  ...delivery,
  ...randomKills,
  ...kills,
  ...moments,
  ...storage,
  ...models,
  ...modelServers,
  ...modelPace,
  ...speech,
  ...files,
  ...platforms,
  ...platformLimits,
  ...platformOutages,
  ...refusedEdits,
  ...load,
  ...matrixPositions,
  ...stops,
  ...surroundings,
].sort((a, b) => (a.numbers[0] ?? 0) - (b.numbers[0] ?? 0))

import type { Containment } from '../../../src/ports/code-runner.ts'
import { createCodeRunner, findCage } from '../../../workers/run-code/code-runner.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

/** A worker that is killed in the middle of a run; says the children's marker on its output. */
const rung = process.argv[2] as Containment
const cage = await findCage([rung], createRecordingLogger())
const runner = createCodeRunner(cage, { concurrency: 1, limits: { cpuMs: 60_000, wallMs: 60_000 } })
const run = runner.run({ language: 'javascript', source: 'for (;;) {}' }, new AbortController().signal)
console.log(cage.marker)
await run

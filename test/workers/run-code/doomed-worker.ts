import type { Containment } from '../../../src/ports/code-runner.ts'
import { createCodeRunner, findCage } from '../../../workers/run-code/code-runner.ts'
import { RUN_LIMITS } from '../../../workers/run-code/limits.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

/** A worker that is killed in the middle of a run; says the children's marker on its output. */
const rung = process.argv[2] as Containment
const tried = await findCage([rung], RUN_LIMITS, createRecordingLogger())
const runner = createCodeRunner(tried, 1, { ...RUN_LIMITS, cpuMs: 60_000, wallMs: 60_000 })
const run = runner.run({ language: 'javascript', source: 'for (;;) {}' }, new AbortController().signal)
console.log(tried.cage.args.at(-1))
await run

import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const LONG = '**/*.long.test.ts'
/** Suites that start what they need, or take REDIS_URL and DATABASE_URL. */
const ON_SERVICES = ['test/{contracts,db,journeys,queue,web}/**/*.test.ts']
const ON_THEIR_OWN = ['test/db/embedded/**', 'test/journeys/start.test.ts']

/** `--mode long` adds the tests that take minutes; `--mode services` chooses those that run on given services. */
export default defineConfig(({ mode }) => ({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: mode === 'services' ? ON_SERVICES : ['test/**/*.test.ts'],
    exclude: mode === 'long' ? [] : mode === 'services' ? [LONG, ...ON_THEIR_OWN] : [LONG],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Tests wait for servers more than they compute: two at a time even where vitest would take one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    restoreMocks: true,
    unstubGlobals: true,
    reporters: ['default'],
  },
}))

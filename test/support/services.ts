/** Real services to test on; absent ones are started, or what needs them is skipped. */
export const services = {
  databaseUrl: process.env.DATABASE_URL || undefined,
  redisUrl: process.env.REDIS_URL || undefined,
  /** What the hubs under test log. */
  logLevel: process.env.LOG_LEVEL || 'silent',
  /** Of this test worker among those that run at the same time, from 1. */
  workerNumber: Number(process.env.VITEST_POOL_ID ?? 1),
} as const

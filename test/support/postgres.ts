import { inject } from 'vitest'
import { createDatabase, openTestServer, type TestDatabase } from './test-databases.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the run's databases are made; absent when a file is run without the repository's vitest config. */
    testPostgresUrl: string | undefined
  }
}

/** A fresh, empty database; each test file takes its own and closes it. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const url = inject('testPostgresUrl')
  if (url !== undefined) return createDatabase(url)
  const server = await openTestServer()
  const database = await createDatabase(server.url)
  return {
    connectionString: database.connectionString,
    async close() {
      await database.close()
      await server.close()
    },
  }
}

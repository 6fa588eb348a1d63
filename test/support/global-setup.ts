import type { TestProject } from 'vitest/node'
import type {} from './postgres.ts'
import { openTestServer } from './test-databases.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openTestServer()
  project.provide('testPostgresUrl', server.url)
  return () => server.close()
}

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The real entry in a process of its own. */
export async function command(
  name: 'backup' | 'restore',
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ code: unknown; output: string }> {
  const entry = fileURLToPath(new URL(`../../src/entry/${name}.ts`, import.meta.url))
  try {
    const options = { env: { PATH: '/usr/bin:/bin', ...environment }, timeout: 30_000 }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [entry, ...args], options)
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'stdout' in error && 'stderr' in error)) throw error
    return { code: error.code, output: `${error.stdout}${error.stderr}` }
  }
}

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Engine, openFiles } from '../../engine.ts'
import { KERNEL_DATA_BYTES, wasmMemoryFlag } from '../../limits.ts'

/** SQLite, with an empty database in memory for each run. */
export const sql: Engine = {
  name: 'sql',
  languages: ['sql'],
  guest: {
    entry: fileURLToPath(new URL('./guest.ts', import.meta.url)),
    packages: ['sql.js'],
  },
  process: { nodeFlags: [wasmMemoryFlag('sql')], dataBytes: KERNEL_DATA_BYTES.wasm },
  openAssets: () => openFiles([createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm')]),
}

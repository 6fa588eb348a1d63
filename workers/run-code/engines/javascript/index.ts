import { fileURLToPath } from 'node:url'
import type { Engine } from '../../engine.ts'
import { KERNEL_DATA_BYTES } from '../../limits.ts'

/** V8 itself, as an interpreter: machine code made from strangers' programs is its widest way out. */
export const javascript: Engine = {
  name: 'javascript',
  languages: ['javascript', 'typescript'],
  guest: {
    entry: fileURLToPath(new URL('./guest.ts', import.meta.url)),
    packages: ['acorn', 'sucrase', 'ts-interface-checker', 'lines-and-columns', '@jridgewell/gen-mapping'],
    // sucrase's map generator gives way to our own list of segments.
    replaced: { '@jridgewell/gen-mapping': fileURLToPath(new URL('./segments.ts', import.meta.url)) },
  },
  process: { nodeFlags: ['--jitless'], dataBytes: KERNEL_DATA_BYTES.interpreter },
  openAssets: async () => [],
}

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Engine, openFiles } from '../../engine.ts'
import { KERNEL_DATA_BYTES, wasmMemoryFlag } from '../../limits.ts'

/** Lua 5.4, as its own interpreter compiled to WebAssembly. */
export const lua: Engine = {
  name: 'lua',
  languages: ['lua'],
  guest: {
    entry: fileURLToPath(new URL('./guest.ts', import.meta.url)),
    packages: ['wasmoon'],
    // It refuses to start where it sees neither Node nor a browser.
    rewritten: {
      wasmoon: (text) =>
        `const location={href:'/'},self={location},importScripts=()=>{throw new Error('no scripts')};${text}`,
    },
  },
  process: { nodeFlags: [wasmMemoryFlag('lua')], dataBytes: KERNEL_DATA_BYTES.wasm },
  openAssets: () => openFiles([createRequire(import.meta.url).resolve('wasmoon/dist/glue.wasm')]),
}

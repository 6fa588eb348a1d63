import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Engine, type GuestSource, openFiles } from '../../engine.ts'
import { KERNEL_DATA_BYTES, wasmMemoryFlag } from '../../limits.ts'
import { openStartImage } from './start-image.ts'

/**
 * What both texts take from the shell they believe to run in. Their own way to random bytes starts a process;
 * os.urandom is here no better than Math.random.
 */
const SHELL = `const now=Date.now,startedAt=now(),random=Math.random
const performance={now:()=>now()-startedAt,timeOrigin:startedAt}
const read=()=>{throw new Error('There are no files')},load=read
const readbuffer=(name)=>globalThis.takeAsset(name)
const fillRandom=(view)=>{for(let i=0;i<view.length;i++)view[i]=random()*256}
`

const guest: GuestSource = {
  entry: fileURLToPath(new URL('./guest.ts', import.meta.url)),
  packages: ['pyodide', 'pyodide/pyodide.asm.mjs', 'pyodide/pyodide-lock.json'],
  rewritten: {
    pyodide: (text) => SHELL + text,
    'pyodide/pyodide.asm.mjs': (text) =>
      SHELL +
      replaceKnown(text, [
        ['import.meta.url', "'/pyodide.asm.mjs'"],
        ['export default _createPyodideModule', 'module.exports=_createPyodideModule'],
        ['initRandomFill=()=>{', 'initRandomFill=()=>{return fillRandom;'],
      ]),
    'pyodide/pyodide-lock.json': (text) =>
      `module.exports=${JSON.stringify({ info: JSON.parse(text).info })}`,
  },
}

/** CPython with its standard library, offline: Pyodide, which in an isolate reaches nothing but the isolate. */
export const python: Engine = {
  name: 'python',
  languages: ['python'],
  guest,
  process: { nodeFlags: [wasmMemoryFlag('python')], dataBytes: KERNEL_DATA_BYTES.wasm },
  async openAssets(place) {
    const { resolve } = createRequire(import.meta.url)
    const files = await openFiles([resolve('pyodide/pyodide.asm.wasm'), resolve('pyodide/python_stdlib.zip')])
    try {
      return [...files, await openStartImage(python, files, place)]
    } catch (error) {
      await Promise.all(files.map((file) => file.close()))
      throw error
    }
  },
}

function replaceKnown(text: string, pairs: readonly (readonly [string, string])[]): string {
  let result = text
  for (const [from, to] of pairs) {
    if (!result.includes(from)) throw new Error(`This version of Pyodide is not known: no ${from}`)
    result = result.replaceAll(from, to)
  }
  return result
}

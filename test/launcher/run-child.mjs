import { runChild } from '../../src/launcher/child.mjs'

// Stands for the launcher: runs the given JavaScript as its child and ends with its exit code.
process.exitCode = await runChild(process.execPath, ['-e', process.argv[2] ?? ''], {})

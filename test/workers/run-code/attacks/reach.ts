import type { RunReason } from '../../../../src/ports/code-runner.ts'
import { attacks } from './attack.ts'

const KIND = 'reach for the host'
const DENIED: readonly RunReason[] = ['ok', 'error', 'exit']
const NOTHING = /undefined|null|false|nil|refused|Error|not defined|no modules|no files/

/** Runs each reach and says what came of it. */
const js = (...reaches: string[]): string =>
  `const r = []; for (const f of [${reaches.map((reach) => `() => ${reach}`).join()}]) { try { r.push(typeof f() === 'undefined' ? 'undefined' : 'GOT ' + f()) } catch (e) { r.push('refused') } }; r.join()`
const py = (...reaches: string[]): string =>
  `import js, sys, os\ndef attempt(f):\n  try: return 'GOT ' + str(f())\n  except BaseException as e: return 'refused'\n[${reaches.map((reach) => `attempt(lambda: ${reach})`).join(', ')}]`

export const REACHES = [
  ...attacks(KIND, 'javascript', [
    [
      '*process of the constructor’s constructor',
      js(
        "this.constructor.constructor('return process')().mainModule",
        "(() => {}).constructor('return process.binding')()",
      ),
      DENIED,
      NOTHING,
    ],
    [
      'require of everything',
      js(
        "require('fs').writeFileSync",
        "require('child_process')",
        "require('node:net')",
        "require('module')",
      ),
      DENIED,
      NOTHING,
    ],
    [
      'the files behind require',
      "require('fs').readFileSync('/etc/passwd')",
      ['error'],
      /There are no files here/,
    ],
    ['import()', "await import('node:fs')", ['error', 'unsettled']],
    ['import() of a data address', "await import('data:text/javascript,1')", ['error', 'unsettled']],
    [
      'names of Node',
      js(
        'process.binding',
        'process.dlopen',
        'process.kill',
        'globalThis.fetch',
        'globalThis.WebSocket',
        'globalThis.Buffer',
        'globalThis.Deno',
      ),
      DENIED,
      NOTHING,
    ],
    ['the environment', 'Object.keys(process.env).length', ['ok'], /^0$/],
    [
      'the functions behind console',
      js(
        "console.log.constructor('return this')().process.mainModule",
        'console.log.caller',
        'console.log.arguments',
      ),
      DENIED,
      NOTHING,
    ],
    [
      'the stack’s functions',
      "Error.prepareStackTrace = (e, frames) => frames.map((f) => String(f.getFunction?.()) + f.getFileName()); const s = new Error().stack; String(s).includes('/') ? 'GOT ' + s : 'refused'",
      ['ok', 'error'],
    ],
    [
      'this of the frames',
      "Error.prepareStackTrace = (e, frames) => frames; const t = new Error().stack; Array.isArray(t) ? t.map((f) => { try { return f.getThis()?.process?.mainModule } catch { return undefined } }).filter(Boolean).length : 'refused'",
      ['ok', 'error'],
    ],
    [
      'the arguments of our callers',
      'const f = function () { return f.caller }; String(f())',
      ['ok', 'error'],
    ],
    [
      'errors of the engine',
      "(() => { try { null.x } catch (e) { return e.constructor.constructor('return typeof process.mainModule')() } })()",
      ['ok'],
      /undefined/,
    ],
    [
      'a stack overflow’s error',
      "let e; const f = () => { try { f() } catch (x) { e = x } }; f(); e.constructor.constructor('return typeof process.mainModule')()",
      ['ok'],
      /undefined/,
    ],
    [
      'errors of the bridge',
      "(() => { try { process.exit({ valueOf() { throw new Error('no') } }) } catch (e) { return e.constructor.constructor('return typeof process.mainModule')() } })()",
      ['ok'],
      /undefined/,
    ],
    [
      'a proxy handed to the console',
      "console.log(new Proxy({}, { get(t, k, r) { return k === 'constructor' ? r : undefined } })); 'still here'",
      ['ok'],
      /still here/,
    ],
    [
      'a reference of isolated-vm',
      js('ivm', 'Reference', 'globalThis.$0', '_ivm', 'isolate', 'arguments.callee'),
      DENIED,
      NOTHING,
    ],
    [
      'what our functions hold',
      "Object.getOwnPropertyNames(globalThis).map((n) => { try { return Object.getOwnPropertySymbols(globalThis[n]).map(String).join() } catch { return '' } }).join().includes('ivm')",
      ['ok'],
      /false/,
    ],
    [
      'exit with an object',
      "process.exit({ valueOf() { return 3 }, toString() { throw new Error('no') } })",
      ['exit', 'error'],
    ],
    [
      'a path in an error’s stack',
      "(() => { try { null.x } catch (e) { return /\\/(work|home|root|usr|opt|tmp)|node_modules/.test(e.stack) ? 'GOT ' + e.stack : 'clean' } })()",
      ['ok'],
      /clean/,
    ],
  ]),
  ...attacks(KIND, 'typescript', [
    ['imports', "import fs from 'node:fs'\nfs.readdirSync('/')", ['error'], /no modules/],
    ['import equals require', "import fs = require('fs')\nfs.readdirSync('/')", ['error']],
  ]),
  ...attacks(KIND, 'python', [
    [
      '*files, processes, sockets',
      py(
        "open('/etc/passwd').read()",
        "os.popen('id').read()",
        "__import__('socket').create_connection(('127.0.0.1', 80), 1)",
        'os.fork()',
        "os.execv('/bin/sh', ['sh'])",
        'os.kill(1, 9)',
      ),
      ['ok'],
      NOTHING,
    ],
    [
      'JavaScript around it',
      py(
        'js.process',
        'js.require',
        "js.eval('process')",
        "js.Function.new('return process')()",
        'js.fetch',
        'js.eval(\'this.constructor.constructor("return process")()\')',
        'js.takeAsset',
        'js.ivm',
      ),
      ['ok'],
      NOTHING,
    ],
    [
      'pyodide’s own reach',
      py(
        "__import__('pyodide_js').loadPackage",
        "__import__('pyodide.http').http.open_url('http://127.0.0.1')",
        "__import__('micropip')",
        "__import__('pyodide_js').FS.readFile('/etc/passwd')",
        "__import__('pyodide.code').code.run_js('process.env')",
      ),
      ['ok'],
    ],
    [
      'the web',
      "import urllib.request\nurllib.request.urlopen('http://127.0.0.1')",
      ['error', 'cpu-timeout'],
    ],
    [
      'loading packages',
      "import pyodide_js\nawait pyodide_js.loadPackage('numpy')\nimport numpy",
      ['error', 'unsettled'],
    ],
    [
      'files of the host mounted',
      "import pyodide_js\npyodide_js.FS.mount(pyodide_js.FS.filesystems.NODEFS, js.Object.new(), '/mnt')",
      ['error'],
    ],
    ['a library by ctypes', "import ctypes\nctypes.CDLL('libc.so.6').system(b'id')", ['error', 'crash']],
    [
      'the environment',
      py(
        "os.environ['SECRET_KEY']",
        "os.environ['DATABASE_URL']",
        "os.environ['HOME'] if os.environ['HOME'] != '/home/pyodide' else 1 / 0",
      ),
      ['ok'],
      NOTHING,
    ],
    [
      'the runner’s own functions',
      "import _runner\nf = _runner.run_program\n[c.cell_contents for c in f.__closure__]\n'no harm'",
      ['ok', 'error'],
    ],
    [
      'its frames',
      'import sys\nf = sys._getframe()\nnames = []\nwhile f:\n  names.append(f.f_code.co_filename)\n  f = f.f_back\nnames',
      ['ok'],
      /main\.py/,
    ],
  ]),
  ...attacks(KIND, 'sql', [
    [
      '*a file of the host',
      "attach '/etc/passwd' as host; select * from host.sqlite_master",
      ['error', 'ok'],
    ],
    ['reading files', "select readfile('/etc/passwd')", ['error'], /no such function/],
    ['writing files', "select writefile('/tmp/x', 'y')", ['error'], /no such function/],
    ['an extension', "select load_extension('x')", ['error'], /no such function|not authorized/],
    ['vacuum into a file', "vacuum into '/tmp/copy'; select 'done'", ['ok', 'error']],
    ['a command line', '.shell id', ['error']],
    [
      'fts3’s old tokenizer pointer',
      "select fts3_tokenizer('simple', x'4141414141414141')",
      ['error', 'ok', 'crash'],
    ],
  ]),
  ...attacks(KIND, 'lua', [
    [
      '*files and processes',
      "return io.open('/etc/passwd'), os.execute and pcall(os.execute, 'id') and (os.execute('id')), pcall(io.popen, 'id')",
      ['ok'],
      /nil|false/,
    ],
    ['a library', "return package.loadlib('libc.so.6', 'system')", ['ok'], /nil/],
    [
      'the registry',
      "local found = {} for k, v in pairs(debug.getregistry()) do if tostring(v):find('process') then found[#found + 1] = k end end return #found",
      ['ok'],
      /0/,
    ],
    ['what our functions hold', 'local name, value = debug.getupvalue(print, 1) return type(value)', ['ok']],
    ['byte code', "return load('\\27Lua\\84\\0', 'x', 'b')", ['ok', 'error', 'crash']],
    [
      'broken byte code',
      "local f = string.dump(function() return 1 end) return pcall(load(f:sub(1, 30) .. ('\\255'):rep(50) .. f:sub(80), 'x', 'b') or print)",
      ['ok', 'error', 'crash'],
    ],
    [
      'JavaScript behind a function',
      'local w = select(2, debug.getupvalue(print, 1)) return pcall(function() return w.constructor end)',
      ['ok', 'error'],
    ],
  ]),
]

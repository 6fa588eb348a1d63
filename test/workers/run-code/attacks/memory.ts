import { attacks, FULL, HEAVY } from './attack.ts'

const HEAP = 'memory in the heap'
const OUTSIDE = 'memory outside'
const CRASH = 'crash'

export const MEMORY = [
  ...attacks(HEAP, 'javascript', [
    ['*a list of lists', 'const a = []; for (;;) a.push(new Array(1000).fill({}))', HEAVY],
    ['many small lists', 'const a = []; for (;;) a.push([1])', HEAVY],
    ['growing text', "let s = 'x'; const a = []; for (;;) a.push((s += s + a.length))", HEAVY],
    [
      'flattened ropes',
      "const a = []; for (;;) { const s = 'x'.repeat(1e6); a.push(s.slice(1) + s); a.at(-1).charCodeAt(5) }",
      HEAVY,
    ],
    ['a map', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, i)', HEAVY],
    ['a set', 'const m = new Set(); for (let i = 0; ; i++) m.add(i)', HEAVY],
    ['closures', 'const a = []; for (let i = 0; ; i++) a.push(() => i)', HEAVY],
    ['symbols', 'const a = []; for (;;) a.push(Symbol())', HEAVY],
    ['weak references', 'const a = []; for (;;) a.push(new WeakRef({}))', HEAVY],
    ['an object as a dictionary', "const o = {}; for (let i = 0; ; i++) o['k' + i] = i", HEAVY],
    ['compiled functions', "const a = []; for (let i = 0; ; i++) a.push(new Function('return ' + i))", HEAVY],
    ['pending promises', 'const a = []; for (;;) a.push(new Promise(() => {}))', HEAVY],
    ['timers', 'for (;;) setTimeout(() => {}, 1e6)', ['error']],
  ]),
  ...attacks(OUTSIDE, 'javascript', [
    ['*array buffers', 'const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))', HEAVY],
    [
      'resizable buffers',
      'const a = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 1e8 }); b.resize(1e8); new Uint8Array(b).fill(1); a.push(b) }',
      HEAVY,
    ],
    [
      'growable shared buffers',
      'const a = []; for (;;) { const b = new SharedArrayBuffer(8, { maxByteLength: 1e8 }); b.grow(1e8); new Uint8Array(b).fill(1); a.push(b) }',
      HEAVY,
    ],
    ['one huge buffer', 'new Uint8Array(2 ** 33).fill(1)', HEAVY],
    ['WebAssembly, which is not there', 'new WebAssembly.Memory({ initial: 10000 })', ['error']],
    [
      'structured clones',
      'let a = new Uint8Array(1e6); const k = []; for (;;) k.push(structuredClone(a))',
      HEAVY,
    ],
  ]),
  ...attacks(CRASH, 'javascript', [
    ['*a split that ends V8', "'x'.repeat(2 ** 29 - 25).split('')", HEAVY],
    [
      'a map of the greatest size',
      'const m = new Map(); for (let i = 0; i < 2 ** 24 + 1; i++) m.set(i, 0)',
      HEAVY,
    ],
    ['a list of the greatest length', 'new Array(2 ** 32 - 1).fill(0)', HEAVY],
    ['a stack overflow', 'const f = () => f(); f()', ['error'], /Maximum call stack/],
    [
      'a stack overflow in a getter while it is shown',
      'const o = {}; Object.defineProperty(o, Symbol.toStringTag, { get() { return String(Object.prototype.toString.call(o)) } }); o',
      ['ok', 'error'],
    ],
    [
      'a stack overflow in JSON',
      'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; JSON.stringify(o)',
      ['error'],
    ],
    ['deep parentheses', '('.repeat(60_000), ['error']],
    ['deep arrays', '['.repeat(60_000), ['error']],
    ['deep template literals', '`${'.repeat(20_000), ['error']],
    ['a pattern too large', "new RegExp('(?:a|b)'.repeat(1e6))", HEAVY],
    ['a pattern nested too deeply', "new RegExp('('.repeat(1e6) + ')'.repeat(1e6))", HEAVY],
    ['a deep value', 'let o = {}, c = o; for (let i = 0; i < 1e5; i++) c = c.a = {}; o', ['ok']],
  ]),
  ...attacks(CRASH, 'typescript', [['1,500 parentheses', `const a = ${'('.repeat(1_500)}`, ['error']]]),
  ...attacks(HEAP, 'python', [
    ['*a growing list', 'a = []\nwhile True: a.append("x" * 1000 + str(len(a)))', HEAVY],
    ['one huge text', '"x" * (1 << 30)', FULL],
    ['one huge bytearray', 'bytearray(1 << 31)', HEAVY],
    ['a file in its memory', "f = open('/tmp/x', 'wb')\nwhile True: f.write(b'x' * 1000000)", HEAVY],
    ['recursion past its limit', 'import sys\nsys.setrecursionlimit(10 ** 7)\ndef f(): f()\nf()', HEAVY],
    ['recursion in C', 'a = []\nfor i in range(10 ** 6): a = [a]\nrepr(a)', HEAVY],
    ['nested parentheses', '('.repeat(20_000), HEAVY],
  ]),
  ...attacks(OUTSIDE, 'python', [
    [
      'buffers of JavaScript',
      'import js\na = []\nwhile True:\n  b = js.Uint8Array.new(10000000)\n  b.fill(1)\n  a.append(b)',
      HEAVY,
    ],
    [
      'resizable buffers',
      "import js\njs.eval('const a = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 1e8 }); b.resize(1e8); new Uint8Array(b).fill(1); a.push(b) }')",
      HEAVY,
    ],
    [
      'memories of WebAssembly',
      "import js\njs.eval('const a = []; for (;;) { const m = new WebAssembly.Memory({ initial: 2500 }); new Uint8Array(m.buffer).fill(1); a.push(m) }')",
      HEAVY,
    ],
  ]),
  ...attacks(CRASH, 'python', [
    ['reading a wrong address', 'import ctypes\nctypes.string_at(0xfffffff0)', HEAVY],
    ['writing over the interpreter', 'import ctypes\nctypes.memset(0, 255, 30000000)', HEAVY],
    ['a split that ends V8', 'import js\njs.eval(\'"x".repeat(2 ** 29 - 25).split("")\')', HEAVY],
    ['ending by os.abort', 'import os\nos.abort()', ['error', 'exit', 'crash']],
  ]),
  ...attacks(HEAP, 'sql', [
    [
      '*a growing table',
      'create table t(b); with recursive c(n) as (select 1 union all select n + 1 from c) insert into t select randomblob(10000) from c',
      HEAVY,
    ],
    ['a huge blob', 'select zeroblob(900000000)', HEAVY],
    ['a huge text', "select replace(hex(zeroblob(100000000)), '0', 'aaaa')", HEAVY],
    ['deep parentheses', `select ${'('.repeat(20_000)}1`, ['error']],
  ]),
  ...attacks(HEAP, 'lua', [
    ['*a growing table', 'local t = {} while true do t[#t + 1] = { #t } end', HEAVY],
    ['one huge text', "return ('x'):rep(1 << 40)", HEAVY],
    ['concatenation', "local s = 'x' while true do s = s .. s end", HEAVY],
    ['a stack overflow', 'local function f() return f() + 1 end f()', HEAVY],
    [
      'a stack overflow in C',
      'local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end return t.x',
      HEAVY,
    ],
    ['nested parentheses', `return ${'('.repeat(20_000)}`, ['error']],
  ]),
]

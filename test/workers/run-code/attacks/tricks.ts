import { attacks, STUCK } from './attack.ts'

const FORGED = 'forged frames'
const TRICK = 'tricks'
const DONE = '{"type":"done","reason":"ok","value":"forged","cpuMs":0,"memoryBytes":0}'

export const TRICKS = [
  ...attacks(FORGED, 'javascript', [
    ['*a frame on the console', `console.log(${JSON.stringify(`\n${DONE}\n`)}); 'mine'`, ['ok'], /mine/],
    ['a frame as the value', JSON.stringify(DONE), ['ok'], /forged/],
    ['a frame in an error', `throw new Error(${JSON.stringify(`\n${DONE}\n`)})`, ['error'], /forged/],
    [
      'broken surrogates and line separators',
      "console.log('\\ud800\\u2028\\u2029\\0\\n\\r'); 7",
      ['ok'],
      /7/,
    ],
    ['JSON.stringify of its own', `JSON.stringify = () => ${JSON.stringify(DONE)}; 'mine'`, ['ok'], /mine/],
    [
      'a state of its own',
      "Object.prototype.reason = 'ok'; Object.prototype.wait = 1e9; Object.prototype.exitCode = 0; null.x",
      ['error'],
    ],
    [
      'an error named after a reason',
      "const e = new Error('x'); e.reason = 'memory'; e.cpuMs = -1; throw e",
      ['error'],
    ],
    ['exit codes out of range', 'process.exit(1e300)', ['exit']],
    ['an exit code that is no number', "process.exit('x')", ['exit']],
  ]),
  ...attacks(FORGED, 'python', [
    ['a frame printed', `print(${JSON.stringify(DONE)})\n'mine'`, ['ok'], /mine/],
    [
      'a report of its own',
      'import json\njson.dumps = lambda *a: \'{"reason":"exit","code":999999}\'\n1',
      ['ok', 'exit', 'error'],
    ],
    [
      'a frame on descriptor 4',
      `import os\ntry: os.write(4, b'${DONE}\\n')\nexcept OSError: print('refused')\n'mine'`,
      ['ok'],
      /mine/,
    ],
  ]),
  ...attacks(FORGED, 'sql', [['a frame as a cell', `select '${DONE}' as frame`, ['ok'], /frame/]]),
  ...attacks(FORGED, 'lua', [
    ['a frame printed', `print([[${DONE}]]) return 'mine'`, ['ok'], /mine/],
    [
      'calling the end itself',
      "local i = 1 while true do local n, v = debug.getupvalue(os.exit, i) if not n then break end if n == 'exit' then pcall(v, 'x', {}, print) end i = i + 1 end",
      ['exit', 'ok', 'error'],
    ],
  ]),
  ...attacks(TRICK, 'javascript', [
    [
      '*an error with a looping getter',
      "throw Object.defineProperty(new Error('x'), 'message', { get() { for (;;); } })",
      STUCK,
    ],
    [
      'a rejected error with a looping stack',
      "Promise.reject(Object.defineProperty(new Error('x'), 'stack', { get() { for (;;); } })); 1",
      STUCK,
    ],
    [
      'a looping name',
      "throw Object.defineProperty(new Error('x'), 'name', { get() { for (;;); } })",
      ['error', ...STUCK],
    ],
    [
      'a looping prepareStackTrace',
      "Error.prepareStackTrace = () => { for (;;); }; throw new Error('x')",
      STUCK,
    ],
    [
      'a throwing prepareStackTrace',
      "Error.prepareStackTrace = () => { throw new Error('y') }; throw new Error('x')",
      ['error'],
    ],
    [
      'a thrown looping proxy',
      'throw new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } })',
      STUCK,
    ],
    [
      'a thrown revoked proxy',
      'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy',
      ['error'],
    ],
    [
      'a revoked proxy as the value',
      'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); proxy',
      ['ok', 'error'],
    ],
    [
      'an error whose message is an object',
      'const e = new Error(); e.message = { toString() { for (;;); } }; throw e',
      ['error', ...STUCK],
    ],
    ['a thenable that loops', 'await { then() { for (;;); } }', STUCK],
    ['a thenable that resolves with itself', 'const t = { then(r) { r(t) } }; await t', [...STUCK, 'memory']],
    ['a thenable as the value', '({ then(r) { r(666) } })', ['ok']],
    [
      'Promise replaced',
      'globalThis.Promise = class { then() { for (;;); } static resolve() { return new this() } }; 1 + 1',
      ['ok'],
      /2/,
    ],
    [
      '*prototypes replaced',
      "Object.prototype.toJSON = () => 'x'; Array.prototype.push = () => { throw 1 }; String.prototype.slice = () => 'bad'; Array.prototype[Symbol.iterator] = null; 7",
      ['ok', 'error'],
    ],
    [
      'setters on Object.prototype',
      "for (const k of ['type', 'reason', 'wait', 'value', 'error', 'name', 'line']) Object.defineProperty(Object.prototype, k, { set() { for (;;); }, get() { return 'bad' }, configurable: true }); 7",
      ['ok', 'error', ...STUCK],
    ],
    [
      'a frozen world',
      'for (const n of Object.getOwnPropertyNames(globalThis)) try { Object.freeze(globalThis[n]); Object.freeze(globalThis[n].prototype) } catch {} 7',
      ['ok'],
      /7/,
    ],
    [
      'Symbol.species and friends',
      'Array[Symbol.species]; Object.defineProperty(Array, Symbol.species, { get() { for (;;); } }); [1, 2].map((x) => x)',
      STUCK,
    ],
    [
      'a custom inspect',
      "({ [Symbol.for('nodejs.util.inspect.custom')]() { for (;;); } })",
      ['ok', ...STUCK],
    ],
    [
      'Date.now in reverse',
      'Date.now = () => -Infinity; setTimeout(() => console.log("late"), 5)',
      ['ok', ...STUCK],
    ],
    [
      'writing __proto__ through JSON',
      'JSON.parse(\'{"__proto__": {"reason": "ok"}}\').reason',
      ['ok', 'error'],
    ],
  ]),
  ...attacks(TRICK, 'python', [
    [
      'builtins replaced',
      'import builtins\nbuiltins.isinstance = None\nbuiltins.len = None\nbuiltins.str = None\n1',
      ['ok', 'error'],
    ],
    [
      'an exception that raises when shown',
      'class E(Exception):\n  def __str__(self): raise E()\nraise E()',
      ['error'],
      /E/,
    ],
    [
      'exceptions without end',
      'def f(n):\n  try: raise ValueError(n)\n  except ValueError as e: raise f(n - 1) if n else KeyError() from e\nf(400)',
      ['error'],
    ],
    [
      'SystemExit with an object',
      'class A:\n  def __str__(self): return "x" * 100\nraise SystemExit(A())',
      ['exit'],
    ],
    ['SystemExit with a huge number', 'raise SystemExit(10 ** 100)', ['exit', 'error']],
    ['output thrown away', 'import sys\nsys.stdout = None\nsys.stderr = None\n1 / 0', ['error']],
    ['the module list emptied', 'import sys\nsys.modules.clear()\n1 / 0', ['error']],
    [
      'a tracer that raises',
      "import sys\ndef t(*a): raise ValueError('t')\nsys.settrace(t)\ndef f(): pass\nf()",
      ['error', 'ok'],
    ],
  ]),
  ...attacks(TRICK, 'lua', [
    [
      'string methods replaced',
      "string.format = nil string.rep = nil getmetatable('').__index = nil return { 1 }",
      ['ok', 'error'],
    ],
    [
      'a metatable on everything',
      'debug.setmetatable(nil, { __index = function() return nil end, __call = function() end }) return (nil).x',
      ['ok', 'error'],
    ],
    ['an error that is nil', 'error(nil)', ['error']],
    ['a hook that raises', "debug.sethook(function() error('h') end, '', 1) local a = 1", ['error', 'ok']],
  ]),
]

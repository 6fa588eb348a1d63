import { attacks, HEAVY, STUCK } from './attack.ts'

const KIND = 'hang'

export const HANGS = [
  ...attacks(KIND, 'javascript', [
    ['*a loop', 'for (;;) {}', STUCK],
    [
      'a loop in a getter of the last value',
      '({ get a() { for (;;); } }); const o = {}; Object.defineProperty(o, "constructor", { get() { for (;;); } }); o',
      ['ok', ...STUCK],
    ],
    ['endless microtasks', 'const f = () => Promise.resolve().then(f); await f()', HEAVY],
    ['endless queueMicrotask', 'const f = () => queueMicrotask(f); f(); await new Promise(() => {})', HEAVY],
    ['endless timers', 'const f = () => setTimeout(f, 0); f(); await new Promise(() => {})', STUCK],
    ['an interval nobody clears', 'setInterval(() => {}, 10)', STUCK],
    ['*a promise that never settles', 'await new Promise(() => {})', ['unsettled']],
    ['a timer past the limit', 'await new Promise((r) => setTimeout(r, 60_000))', ['wall-timeout']],
    ['a sleeping thread', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', ['wall-timeout']],
    [
      'a waitAsync that nobody wakes',
      'await Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0).value',
      ['unsettled', ...STUCK],
    ],
    ['*indexOf over a sparse array', 'const a = []; a[2 ** 32 - 2] = 1; a.indexOf(7)', STUCK],
    ['sort of a sparse array', 'const a = []; a[2 ** 32 - 2] = 1; a.sort()', HEAVY],
    ['join of a sparse array', 'const a = []; a[2 ** 32 - 2] = 1; a.join()', HEAVY],
    ['a huge BigInt', '(2n ** 30000000n) ** 30n', HEAVY],
    ['BigInt to text', '(7n ** 4000000n).toString().length', HEAVY],
    ['*a backtracking pattern', "/^(a+)+$/.test('a'.repeat(40) + 'b')", STUCK],
    ['a pattern with lookbehind', "/(?<=(a+)+)b/.test('a'.repeat(60))", ['ok', ...STUCK]],
    [
      'a generator without end',
      'const g = (function* () { for (;;) yield 1 })(); for (const x of g);',
      STUCK,
    ],
    ['spreading without end', '[...(function* () { for (;;) yield 1 })()]', HEAVY],
    [
      'a proxy in its own prototype chain',
      'const p = new Proxy({}, { getPrototypeOf() { return p } }); ({}) instanceof function () {}; Object.prototype.isPrototypeOf.call({}, p)',
      ['ok', 'error', ...STUCK],
    ],
    ['eval of a loop', "eval('for (;;) {}')", STUCK],
    ['a loop made by Function', "new Function('for (;;) {}')()", STUCK],
    ['a loop in a class field', 'new (class { a = (() => { for (;;); })() })()', STUCK],
    [
      'a loop in a finalizer of an async generator',
      'async function* g() { try { yield 1 } finally { for (;;); } } for await (const x of g()) break',
      STUCK,
    ],
  ]),
  ...attacks(KIND, 'typescript', [
    ['a loop in an enum', 'enum E { A = (() => { for (;;) {} })() as number }', STUCK],
    ['nested generic calls that are slow to read', `const a = ${'f<'.repeat(3_000)}1`, ['error', ...STUCK]],
  ]),
  ...attacks(KIND, 'python', [
    ['*a loop', 'while True: pass', STUCK],
    [
      'a loop that catches everything',
      'while True:\n  try:\n    while True: pass\n  except BaseException: pass',
      STUCK,
    ],
    ['a loop in C', 'sum(iter(int, 1))', STUCK],
    ['a big power', '10 ** 10 ** 8', HEAVY],
    ['a backtracking pattern', "import re\nre.match('(a+)+$', 'a' * 40 + 'b')", STUCK],
    ['a loop in __repr__ of the value', 'class A:\n  def __repr__(self):\n    while True: pass\nA()', STUCK],
    [
      'a loop in __str__ of the error',
      'class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E()',
      STUCK,
    ],
    ['a loop in __del__', 'class A:\n  def __del__(self):\n    while True: pass\nA()\nNone', STUCK],
    [
      'an excepthook that loops',
      'import sys\ndef hook(*a):\n  while True: pass\nsys.excepthook = hook\n1 / 0',
      ['error', ...STUCK],
    ],
    ['a long sleep', 'import time\ntime.sleep(3600)', ['wall-timeout']],
    ['a future nobody completes', 'import asyncio\nawait asyncio.Future()', ['unsettled']],
    [
      'coroutines that never rest',
      'import asyncio\nasync def f():\n  while True: await asyncio.sleep(0)\nasyncio.run(f())',
      STUCK,
    ],
    ['a loop in JavaScript', "import js\njs.eval('for (;;) {}')", STUCK],
  ]),
  ...attacks(KIND, 'sql', [
    [
      '*a recursion without end',
      'with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c',
      STUCK,
    ],
    [
      'a join of everything with everything',
      'with recursive c(n) as (select 1 union all select n + 1 from c limit 4000) select count(*) from c a, c b, c d',
      STUCK,
    ],
    [
      'a slow LIKE',
      `select replace(hex(zeroblob(20000)), '0', 'a') like '${'%a'.repeat(40)}b'`,
      ['ok', ...STUCK],
    ],
    [
      'a trigger that calls itself',
      'pragma recursive_triggers = on; create table t(a); create trigger r after insert on t begin insert into t values (new.a + 1); end; insert into t values (1)',
      ['error', ...STUCK],
    ],
  ]),
  ...attacks(KIND, 'lua', [
    ['*a loop', 'while true do end', STUCK],
    ['a loop that catches everything', 'while true do pcall(function() while true do end end) end', STUCK],
    ['a slow pattern', "return (('a'):rep(30)):find(('.-'):rep(30) .. 'b')", STUCK],
    ['coroutines without end', 'while true do coroutine.wrap(function() coroutine.yield() end)() end', HEAVY],
    [
      'a loop in __tostring of the error',
      'error(setmetatable({}, { __tostring = function() while true do end end }))',
      STUCK,
    ],
    [
      'a loop in __gc',
      'setmetatable({}, { __gc = function() while true do end end }) collectgarbage()',
      STUCK,
    ],
  ]),
]

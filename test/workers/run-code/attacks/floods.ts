import { attacks, HEAVY } from './attack.ts'

const KIND = 'flood'
const WET = ['output-limit', ...HEAVY] as const

export const FLOODS = [
  ...attacks(KIND, 'javascript', [
    ['*console.log', "for (;;) console.log('x'.repeat(100))", WET],
    ['single characters', "for (;;) process.stdout.write('x')", WET],
    ['one huge line', "console.log('x'.repeat(5_000_000))", WET],
    ['wide characters', "for (;;) console.log('😀'.repeat(1000))", WET],
    ['a huge value', "'x'.repeat(20_000_000)", ['ok', ...HEAVY]],
    ['a huge error', "throw new Error('x'.repeat(20_000_000))", ['error', ...HEAVY]],
    ['console.table of much', 'for (;;) console.table(Array.from({ length: 100 }, (_, i) => ({ i })))', WET],
    ['groups without end', "for (;;) { console.group('x'); console.log('y') }", WET],
  ]),
  ...attacks(KIND, 'python', [
    ['*print', "while True: print('x' * 100)", WET],
    ['the raw descriptor', "import os\nwhile True: os.write(1, b'x' * 1000)", WET],
    ['a huge value', "'x' * 20_000_000", ['ok', ...HEAVY]],
    ['a huge error', "raise ValueError('x' * 20_000_000)", ['error', ...HEAVY]],
    ['warnings', "import warnings\nwarnings.simplefilter('always')\nwhile True: warnings.warn('x')", WET],
  ]),
  ...attacks(KIND, 'sql', [
    [
      'wide rows',
      `with recursive c(n) as (select 1 union all select n + 1 from c) select ${Array.from({ length: 60 }, () => `'${'x'.repeat(60)}'`).join()} from c; `.repeat(
        3,
      ),
      ['ok', ...WET],
    ],
  ]),
  ...attacks(KIND, 'lua', [
    ['print', "while true do print(('x'):rep(100)) end", WET],
    ['a huge value', "return ('x'):rep(20000000)", ['ok', ...HEAVY]],
  ]),
]

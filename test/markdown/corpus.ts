const fence = (language: string, code: string, mark = '```'): string => `${mark}${language}\n${code}\n${mark}`

const list = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index + 1)).join('\n')

const sentence =
  'The migration takes a lock on the table, so run it when nobody is writing, and keep an eye on it. '

/** Answers as models write them; by name, so that a failing one is found. */
export const corpus: Readonly<Record<string, string>> = {
  'one word': 'Yes.',
  'a number': '42',
  greeting: 'Hi Ana! How can I help you today?',
  styles: 'This is **bold**, *italic*, ***both***, ~~gone~~, `code` and **bold with `code` and *more***.',
  'styles in words': 'un**frigging**believable, a*b*c, snake_case_name, 2*3*4 = 24, __init__ and `__init__`.',
  'touching styles': '**a***b*~~c~~`d`**e** **f**_g_ *x **y***z',
  'literal marks':
    'Use \\*args and \\_private\\_, a \\`tick\\`, \\# no heading, 5 * 3, a_b, ~5 minutes, ~10 ~ 12.',
  'glob patterns': 'Match `*.ts` or **/*.test.ts, not node_modules/*, with a | b || c.',
  'line starts': '\\- no item\n\\> no quote\n1\\. no number\n\\# no heading\n-# small\n>>> deep',
  headings: '# One\n## Two `code`\n### Three **bold**\n#### Four\n##### Five\n###### Six\n\nText under it.',
  'setext headings': 'Title\n=====\n\nSubtitle\n---\n\nbody',
  bullets: '- one\n- two\n- three\n\nafter',
  'loose bullets': '- one\n\n  more of one\n\n- two\n\n- three',
  numbers: '1. first\n2. second\n3. third\n\nand\n\n7. seven\n8. eight',
  'nested lists': '- a\n  - b\n    - c\n      - d\n        - e\n- f\n  1. g\n  2. h\n     - i',
  'deep nest': list(14, (n) => `${'  '.repeat(n - 1)}- level ${n}`),
  tasks: '- [x] write\n- [ ] test\n- [ ] ship\n  - [x] nested\n\n1. [x] numbered',
  'list with code': `1. Install:\n\n   ${fence('sh', 'npm ci').replaceAll('\n', '\n   ')}\n\n2. Start:\n\n   ${fence('sh', 'npm start').replaceAll('\n', '\n   ')}\n\n3. Done.`,
  'list with table': '- item\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n\n- next',
  quote: '> To be, or not to be,\n> that is the question.\n\nHamlet.',
  'nested quote': '> outer\n>\n> > inner\n> > more\n>\n> end',
  'quote with all': `> # Head\n>\n> - a\n> - b\n>\n> ${fence('js', 'let x = 1').replaceAll('\n', '\n> ')}\n>\n> **end**`,
  'two quotes': '> one\n\n> two\n\nno quote',
  'code js': `Here:\n\n${fence('js', 'const a = 1\nif (a < 2 && a > 0) {\n  console.log(`a is ` + a)\n}')}\n\nDone.`,
  'code python': fence(
    'python',
    '@property\ndef name(self) -> str:\n    return f"{self._name}"\n\n\nprint("x")',
  ),
  'code html': fence('html', '<a href="https://example.com?a=1&b=2">x &amp; y</a>\n<!channel> <@U123>'),
  'code without language': fence('', '  indented first line\n*not bold* _x_ [a](b)'),
  'code with fences': fence('md', `${fence('js', 'x')}\n\`tick\``, '````'),
  'tilde fence': fence('yaml', 'a: 1\nb:\n  - ```', '~~~'),
  'open fence': '```rust\nfn main() {\n    println!("still coming");',
  'empty fence': 'before\n\n```\n```\n\nafter',
  'indented code': 'Run\n\n    make all\n    make test\n\nthen stop.',
  'inline ticks': 'Use `` a`b `` or ``` `` ``` and `x` then `` ` ``.',
  'long code': fence(
    'ts',
    list(400, (n) => `export const value${n} = compute(${n}, 'text number ${n}')`),
  ),
  'long line of code': fence('json', `{"data":"${'abcdefghij'.repeat(900)}"}`),
  table: '| Name | Age | City |\n|:-----|----:|:----:|\n| Ana | 31 | Porto |\n| Rui | 4 | Lisboa |\n\nEnd.',
  'table with styles': '| a | b |\n|---|---|\n| **x** | `y \\| z` |\n| [l](https://example.com/l) | ~~w~~ |',
  'wide table':
    `| Library | What it is good for | What to look out for |\n|---|---|---|\n` +
    list(6, (n) => `| lib${n} | ${sentence.trim()} | ${sentence.trim()} |`),
  'long table': `| id | name | value |\n|---|---|---|\n${list(300, (n) => `| ${n} | row${n} | ${n * 37} |`)}`,
  'table with breaks': '| a | b |\n|---|---|\n| one<br>two | three |',
  'table of emoji': '| mood | face |\n|---|---|\n| happy | 😀 |\n| family | 👨‍👩‍👧‍👦 |\n| 日本語 | 🇵🇹 |',
  'rtl table': '| שם | גיל |\n|---|---|\n| דנה | 31 |',
  'ragged table': '| a | b | c |\n|---|---|---|\n| 1 |\n| 1 | 2 | 3 |',
  links:
    '[docs](https://example.com/a_b_c?x=1&y=2 "The docs"), <https://example.org/>, https://example.net/p_q, www.example.com and me@example.com.',
  'odd links':
    '[js](javascript:alert(1)) [data](data:text/plain,hi) [rel](/path) [mail](mailto:a@example.com) [local](http://localhost:3000/x) []( https://example.com/empty)',
  'link labels':
    '[**bold** `code`](https://example.com) [https://evil.example](https://example.com) [a\\]b](https://example.com/(x))',
  'reference links':
    'See [one][1], [two] and [none][x].\n\n[1]: https://example.com/one "First"\n[two]: <https://example.com/two>\n[unused]: https://example.com/unused',
  footnotes: 'A claim.[^1] Another.[^note]\n\n[^1]: The source.\n[^note]: Longer, with **bold**.',
  images:
    '![A chart](https://example.com/chart.png) and ![](https://example.com/x.png "t") and ![ref][r]\n\n[r]: https://example.com/r.png',
  html: '<div align="center">Hello <b>you</b></div>\n\nPress <kbd>Ctrl</kbd> & see x < y > z &amp; &lt;tag&gt;<br>next',
  latex:
    'Inline $E = mc^2$ and \\(a_1 * b_2 * c_3\\), prices $5 and $10.\n\n$$\n\\int_0^1 x^2 \\, dx = \\frac{1}{3}\n$$\n\n\\[ x_{1,2} = \\frac{-b \\pm \\sqrt{b^2-4ac}}{2a} \\]\n\nEnd.',
  'latex in list':
    '- the sum $\\sum_{i=1}^n i$ is\n- \\[ \\frac{n(n+1)}{2} \\]\n- `$HOME` is not math, nor is `$x_1$`',
  portuguese:
    'Olá! Aqui está o **resumo da reunião**:\n\n1. *Orçamento*: aprovado, com alterações.\n2. *Prazo*: até sexta-feira à tarde.\n3. Ações:\n   - João: enviar o relatório;\n   - Inês: falar com a produção.\n\n> «Não há almoços grátis.»',
  arabic: '# مرحبا\n\nهذا **نص** بالعربية مع `code` و [رابط](https://example.com/ar).\n\n- أولا\n- ثانيا',
  hebrew: 'שלום **עולם**, זה טקסט עם English באמצע.\n\n> ציטוט',
  chinese: `${'这是一个很长的段落，没有空格，用来测试分割。'.repeat(300)}`,
  japanese: '**太字**と*斜体*の`コード`です。\n\n1. 一つ\n2. 二つ',
  emoji: `${'👨‍👩‍👧‍👦🏳️‍🌈👍🏽🇵🇹'.repeat(700)}`,
  combining: `Z${'\u0301\u0323'.repeat(40)}algo and e\u0301 and ${'क्षि'.repeat(50)}`,
  'long word': `${'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(400)}`,
  'long url': `[here](https://example.com/${'a'.repeat(3000)}) and https://example.com/${'b'.repeat(5000)}`,
  'long paragraph': sentence.repeat(150),
  'long bold paragraph': `**${sentence.repeat(100).trim()}**`,
  'long link label': `[${sentence.repeat(60).trim()}](https://example.com/long)`,
  'long quote': `> ${sentence.repeat(120)}`,
  'long list': list(300, (n) => `${n}. Item **${n}** with \`code${n}\` and words around it`),
  'long items': list(6, (n) => `${n}. ${sentence.repeat(30)}`),
  'many entities': list(300, (n) => `**b${n}** *i${n}* \`c${n}\``),
  'hard breaks': 'one  \ntwo\\\nthree\nfour',
  rule: 'above\n\n---\n\nbelow\n\n***\n\nend',
  pings:
    '@everyone @here <!channel> <!here|here> <@U12345678> <@123456789012345678> <@!123456789012345678> <@&123456789012345678> @room @ana_bot @ana:example.org <!subteam^S123> `@everyone @here` [@everyone](https://example.com/@everyone "@here") **@**everyone @every**one** &#64;everyone\n\n```\n@everyone <!channel> <@123456789012345678> @room\n```',
  entities: 'R&amp;D &copy; 2026 &#128512; &nbsp; &lt;!channel&gt; a&b <b>',
  'control characters': 'a\u0000b\u0007c\ud800d &#1; e',
  'windows lines': '# A\r\n\r\n- b\r\n- c\r\n\r\n```js\r\nlet d\r\n```\r\n',
  steps:
    '## How to deploy\n\n**Step 1 — build**\n\n```bash\nnpm run build && npm test\n```\n\n**Step 2 — ship** it to `prod`:\n\n| Env | URL |\n|---|---|\n| dev | https://dev.example.com |\n| prod | https://example.com |\n\n> ⚠️ **Careful**: no rollback.\n\n- [ ] check logs\n- [ ] tell the team\n\nQuestions? Just ask!',
}

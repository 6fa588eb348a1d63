import type { Question } from './chat-request.ts'

const QUOTE_LIMIT = 280

/**
 * What the built-in demo model says: that it is one, what reached it, and the samples asked for by word. The
 * same question always gets the same text, so that an interrupted answer can be completed.
 */
export function demoAnswer(model: string, question: Question): string {
  const asked = question.text.toLowerCase()
  const shown = SAMPLES.filter(({ words }) => words.test(asked))
  return [
    '**I am the built-in demo model**, a small script and no AI: I cannot think, but everything around me is real.',
    received(model, question),
    ...(shown.length > 0 ? shown.map(({ text }) => text(asked)) : [MENU]),
  ].join('\n\n')
}

/** What it 'thinks' first, where thinking is asked for. */
export function demoReasoning(question: Question): string | undefined {
  return /\b(think|reason)/i.test(question.text)
    ? 'I am a demo, so I only pretend to think. A real reasoning model shows its thoughts here.'
    : undefined
}

function received(model: string, question: Question): string {
  const words = question.text.trim().replaceAll(/\s+/g, ' ')
  const quote = words.length > QUOTE_LIMIT ? `${words.slice(0, QUOTE_LIMIT)} …` : words
  return [
    'What reached me:',
    `- your message: ${quote === '' ? 'no text' : `“${quote}” (${question.text.length} characters)`}`,
    `- earlier messages of this conversation: ${question.earlier}`,
    `- system prompt: ${question.systemPrompt === '' ? 'none' : `yes, ${question.systemPrompt.length} characters`}`,
    `- model asked for: ${model}`,
  ].join('\n')
}

const MENU =
  'Say **markdown**, **table**, **code**, **long**, **very long**, **count to 20** or **think** to see how such an answer ' +
  'looks here. To get real answers, connect a model server in the admin, or set `LLM_BASE_URL`.'

interface Sample {
  readonly words: RegExp
  readonly text: (asked: string) => string
}

const SAMPLES: readonly Sample[] = [
  {
    words: /\bmarkdown\b/,
    text: () =>
      [
        '# A heading',
        'Text can be **bold**, *slanted*, ~~struck out~~ or `code`, and can hold a [link](https://example.com/).',
        '> A quotation stands apart.\n> It can have two lines.',
        '1. First\n2. Second\n   - with a point below it\n3. Third',
        '- [x] done\n- [ ] to do',
        '---',
      ].join('\n\n'),
  },
  {
    words: /\btables?\b/,
    text: () =>
      [
        '| Platform | Streams by | Characters a message |',
        '| :-- | :-- | --: |',
        '| Slack | a stream in threads, else edits | 4,000 |',
        '| Discord | edits | 2,000 |',
        '| Telegram | edits | 4,096 |',
        '| Matrix | edits | about 60,000 |',
      ].join('\n'),
  },
  {
    words: /\b(code|function|program|javascript)\b/,
    text: () =>
      [
        'A piece of code; try it with `/run`:',
        [
          '```javascript',
          'const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2))',
          '',
          'for (let n = 1; n <= 10; n += 1) {',
          '  console.log(n, fibonacci(n))',
          '}',
          '```',
        ].join('\n'),
      ].join('\n\n'),
  },
  {
    words: /\bcount to \d{1,4}\b/,
    text: (asked) => {
      const last = Number(/count to (\d{1,4})/.exec(asked)?.[1] ?? 10)
      return Array.from({ length: last }, (_, index) => index + 1).join(', ')
    },
  },
  {
    words: /\blong\b/,
    text: (asked) => paragraphs(/\bvery long\b/.test(asked) ? 60 : 16),
  },
]

const SENTENCES = [
  'This paragraph has nothing to say beyond its own length.',
  'It is here so that you can watch an answer grow, and see where one message ends and the next begins.',
  'No word is lost at the seam: the numbers run on without a gap.',
  'You may stop it at any time, and ask for it again.',
  'If the hub is restarted while this is being written, the same message goes on afterwards.',
]

function paragraphs(count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const turned = [
      ...SENTENCES.slice(index % SENTENCES.length),
      ...SENTENCES.slice(0, index % SENTENCES.length),
    ]
    return `${index + 1} of ${count}. ${turned.join(' ')}`
  }).join('\n\n')
}

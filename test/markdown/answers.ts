import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('answers/', import.meta.url)

const repeated = (count: number, piece: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => piece(index + 1)).join('\n')

const LONG: Readonly<Record<string, string>> = {
  'long essay': repeated(
    60,
    (n) =>
      `## Part ${n}\n\nThe **${n}th** argument is that *habits* matter more than plans: see [note ${n}](https://example.com/notes/${n}). Whoever writes \`todo_${n}.md\` every day will, after a while, do what it says; whoever does not, won't.\n`,
  ),
  'long program': `Here it is:\n\n\`\`\`python\n${repeated(160, (n) => `def step_${n}(state: dict[str, int]) -> int:\n    """Step ${n} of the pipeline."""\n    return state.get("value", 0) + ${n}  # noqa: E50${n % 10}\n`)}\n\`\`\`\n\nRun it with \`python main.py\`.`,
  'long table answer': `| # | Country | Capital | Note |\n|--:|---|---|---|\n${repeated(180, (n) => `| ${n} | Country ${n} | City *${n}* | \`code_${n}\` |`)}\n\nThat is all.`,
  'long nested list': repeated(
    40,
    (n) =>
      `${n}. Topic **${n}**\n   - point one of ${n} with some words\n   - point two of ${n}\n     - detail \`${n}\``,
  ),
  'long mixed scripts': repeated(
    50,
    (n) => `שלום ${n} مرحبا ${n} こんにちは${n} 👩‍💻 **жирный ${n}** \`код_${n}\` — ${'слово '.repeat(12)}\n`,
  ),
}

/** Whole answers as models give them, by name. */
export const answers: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    readdirSync(folder)
      .sort()
      .flatMap((file) =>
        readFileSync(new URL(file, folder), 'utf8')
          .split(/^=== /m)
          .slice(1)
          .map((piece) => [
            piece.slice(0, piece.indexOf('\n')),
            piece.slice(piece.indexOf('\n') + 1).trimEnd(),
          ]),
      ),
  ),
  ...LONG,
}

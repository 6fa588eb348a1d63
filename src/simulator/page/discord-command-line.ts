import { records, textOf } from './pane.ts'

/**
 * Options from one typed line. `name:value` names them, as Discord's own client shows them; otherwise a first
 * word that is a choice fills its option, and what is left fills the first option that takes any text.
 */
export function commandOptions(
  options: readonly Readonly<Record<string, unknown>>[],
  line: string,
): Record<string, string | number | boolean> {
  const filled: Record<string, string | number | boolean> = {}
  let rest = line
  for (;;) {
    const named = options.find(
      (option) => rest.startsWith(`${textOf(option.name)}:`) && !(textOf(option.name) in filled),
    )
    if (!named) break
    const name = textOf(named.name)
    const others = options.map((option) => textOf(option.name)).filter((other) => other !== name)
    const value = rest.slice(name.length + 1)
    const next = Math.min(
      value.length,
      ...others.map((other) => value.indexOf(` ${other}:`)).filter((at) => at >= 0),
    )
    filled[name] = optionValue(named, value.slice(0, next).trim())
    rest = value.slice(next).trim()
  }
  for (const option of options) {
    if (rest === '' || textOf(option.name) in filled) continue
    const choices = records(option.choices)
    const [word = ''] = rest.split(/\s/)
    const chosen = choices.find((choice) =>
      [choice.name, choice.value].some((value) => String(value).toLowerCase() === word.toLowerCase()),
    )
    if (choices.length > 0 && !chosen) continue
    filled[textOf(option.name)] = chosen
      ? optionValue(option, String(chosen.value))
      : optionValue(option, rest)
    rest = chosen ? rest.slice(word.length).trim() : ''
  }
  if (rest !== '') throw new Error(`this command does not take “${rest}”`)
  return filled
}

function optionValue(option: Readonly<Record<string, unknown>>, text: string): string | number | boolean {
  if (option.type === 4 || option.type === 10) return Number(text)
  return option.type === 5 ? text === 'true' : text
}

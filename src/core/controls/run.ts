import { sentence } from '../../model/sentence.ts'
import { queueTurn } from '../queueing.ts'
import { fencesIn, isInput } from '../run-fences.ts'
import { runLanguage } from '../run-languages.ts'
import { parseRun, runArgument } from '../run-line.ts'
import { say } from '../wording.ts'
import { type ControlKind, NOTHING } from './control.ts'
import { sayByPress } from './press-message.ts'

/** Programs of one answer that get a button. */
const MAX_BUTTONS = 3

/** Runs a program that the answer shows: the one of the given number, counted from 1. */
export const run: ControlKind = {
  essential: false,
  for: 'everyone',
  offer: ({ end, step, text, runs }) =>
    end === 'done' && step === 'reply' && runs
      ? programs(text)
          .slice(0, MAX_BUTTONS)
          .map((_, index, all) => (all.length === 1 ? '' : String(index + 1)))
      : NOTHING,
  label: (argument, language) =>
    argument === ''
      ? say(sentence('control.run'), language)
      : say(sentence('control.run_number', { number: argument }), language),
  async press(press) {
    const { place, answer, argument } = press
    const told = (key: 'control.unknown' | 'command.run.off') => ({
      outcome: { kind: 'handled' as const, tell: say(sentence(key), place.language) },
    })
    if (!place.settings.run) return told('command.run.off')
    const program = programs(answer.text)[argument === '' ? 0 : Number(argument) - 1]
    if (program === undefined) return told('control.unknown')
    const command = runArgument(program)
    const parsed = parseRun({ argument: command })
    if (parsed.kind !== 'code') return told('control.unknown')
    const where = await sayByPress(press, `/run ${command}`)
    if (where === undefined) return { outcome: { kind: 'duplicate' } }
    const intake = await queueTurn(where, 'run', parsed.code)
    return { ...intake, outcome: { kind: 'handled' } }
  },
}

/** Its fences in languages that are run here. */
function programs(text: string): { readonly language: string; readonly code: string }[] {
  return fencesIn(text).flatMap((fence) => {
    const language = isInput(fence) ? undefined : runLanguage(fence.name)
    return language === undefined || fence.text.trim() === '' ? [] : [{ language, code: fence.text }]
  })
}

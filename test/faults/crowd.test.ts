import { describe, expect, it } from 'vitest'
import type { Chat, Seen, Talk } from '../support/chats/index.ts'
import { createCrowd, type Verdict } from './crowd.ts'

const WORDS = ['w0', 'w1']
const whole = (name: string): string => [`a${name}`, ...WORDS, `end${name}`].join(' ')

/** One direct place, whose answers are given by hand, and three questions in it. */
function judged(platform: Chat['platform'], shown: readonly string[]): Verdict {
  const answers = shown.map((text, n): Seen => ({ id: `${n}`, text, edits: 0, isFile: false, buttons: [] }))
  let said = 0
  const talk: Talk = {
    say: () => String(++said),
    goOn: () => '',
    discuss: () => () => '',
    voice: () => '',
    attach: () => '',
    redeliver: () => undefined,
    edit: () => undefined,
    press: () => ({ acknowledged: () => false, told: () => undefined }),
    touch: () => undefined,
    takeBack: () => undefined,
    answers: () => answers,
    belongsTo: () => true,
  }
  const chat = { platform, direct: () => talk, group: () => talk }
  const crowd = createCrowd({ chats: [chat], model: { script: () => () => undefined }, corners: 1, words: 2 })
  for (let n = 0; n < 3; n++) crowd.ask()
  return crowd.verdict(['1', '2', '3'])
}

const count = ({ lost, doubled, half, disordered, orphans, reasons }: Verdict) => ({
  lost: lost.length,
  doubled: doubled.length,
  half: half.length,
  disordered: disordered.length,
  orphans,
  reasons,
})
const NONE = { lost: 0, doubled: 0, half: 0, disordered: 0, orphans: 0, reasons: 0 }

describe('the count of what a person would miss', () => {
  it.each<[string, readonly string[], Partial<ReturnType<typeof count>>]>([
    ['all there', [whole('q1'), whole('q2'), whole('q3')], {}],
    ['one missing', [whole('q1'), whole('q3')], { lost: 1 }],
    ['one twice', [whole('q1'), whole('q2'), whole('q3'), whole('q2')], { doubled: 1 }],
    ['one cut short', [whole('q1'), 'aq2 w0', whole('q3')], { half: 1 }],
    ['one with words repeated', [whole('q1'), 'aq2 w0 aq2 w0 w1 endq2', whole('q3')], { half: 1 }],
    ['one half and whole', [whole('q1'), 'aq2 w0', whole('q2'), whole('q3')], { doubled: 1 }],
    ['a placeholder left', [whole('q1'), '…', whole('q2'), whole('q3')], { half: 1 }],
    ['out of order', [whole('q2'), whole('q1'), whole('q3')], { disordered: 1 }],
    ['a reason instead', [whole('q1'), 'I cannot answer.', whole('q3')], { reasons: 1 }],
    ['a reason beneath', [whole('q1'), 'aq2 w0\n\nThe answer ends here.', whole('q3')], { reasons: 1 }],
    ['a reason too many', [whole('q1'), whole('q2'), whole('q3'), 'I cannot answer.'], { doubled: 1 }],
  ])('%s', (_name, shown, wanted) => {
    expect(count(judged('matrix', shown))).toEqual({ ...NONE, ...wanted })
  })

  it('tells an orphan where the platform cannot tell whether a post arrived', () => {
    const shown = [whole('q1'), 'aq2 w0', whole('q2'), whole('q3')]
    expect(count(judged('telegram', shown))).toEqual({ ...NONE, orphans: 1 })
  })
})

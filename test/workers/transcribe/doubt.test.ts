import { expect, test } from 'vitest'
import { isDoubtful } from '../../../workers/transcribe/doubt.ts'

const sure = { start: 0, end: 4, no_speech_prob: 0.05, avg_logprob: -0.2, compression_ratio: 1.3 }

test.each([
  ['plain words', 'Can you book the room for Tuesday?', [sure], false],
  ['no words', '', [], false],
  ['thanks that somebody says', 'Thank you for the report, it helped.', [sure], false],
  ['a subtitle on silence', 'Thanks for watching!', [sure], true],
  ['the same twice', 'Thanks for watching! Thank you for watching.', [sure], true],
  ['in Portuguese', 'Legendas pela comunidade Amara.org', [sure], true],
  ['in Japanese', 'ご視聴ありがとうございました。', [sure], true],
  ['a sound that is described', '[Music]', [sure], true],
  ['what is hardly speech', 'mm', [{ ...sure, no_speech_prob: 0.9 }], true],
  ['what is unlikely', 'the the bank', [{ ...sure, avg_logprob: -1.6 }], true],
  [
    'little doubt in a long talk',
    'long talk',
    [
      { ...sure, end: 20 },
      { ...sure, start: 20, end: 22, no_speech_prob: 0.9 },
    ],
    false,
  ],
  ['one phrase over and over', 'I am going to go to the store. '.repeat(20), [sure], true],
] as const)('%s', (_what, text, segments, doubtful) => {
  expect(isDoubtful(text, segments)).toBe(doubtful)
})

import { describe, expect, it } from 'vitest'
import { holdsKeyword } from '../../src/core/keywords.ts'
import { type RouteFacts, route } from '../../src/core/route.ts'
import { DEFAULT_SETTINGS, type EffectiveSettings } from '../../src/model/settings.ts'

const outcome = (
  facts: Partial<Omit<RouteFacts, 'settings'>>,
  settings: Partial<EffectiveSettings> = {},
): string => {
  const decided = route({
    addressed: 'none',
    followUp: false,
    text: 'what now?',
    attachments: [],
    from: { person: 'U1', channels: ['C1'], direct: false },
    ...facts,
    settings: { ...DEFAULT_SETTINGS, ...settings },
  })
  return decided.kind === 'ignore' ? decided.reason : `${decided.kind} by ${decided.how}`
}
const direct = { addressed: 'direct', from: { person: 'U1', channels: ['D1'], direct: true } } as const
const inThread = { person: 'U1', channels: ['T9', 'C1'], direct: false }

describe('what becomes of a message', () => {
  it.each<[string, Parameters<typeof outcome>, string]>([
    ['not for the bot', [{}], 'not_addressed'],
    ['a mention', [{ addressed: 'mention' }], 'turn by mention'],
    ['a mention, switched off', [{ addressed: 'mention' }, { mention: false }], 'not_addressed'],
    [
      'a command after a mention, switched off',
      [{ addressed: 'mention', text: '/help' }, { mention: false }],
      'command by mention',
    ],
    ['a reply', [{ addressed: 'reply' }], 'turn by reply'],
    ['a reply, switched off', [{ addressed: 'reply' }, { reply: false }], 'not_addressed'],
    ['a follow-up', [{ followUp: true }], 'turn by follow-up'],
    ['a follow-up, switched off', [{ followUp: true }, { followUp: false }], 'not_addressed'],
    ['an edit of what was taken', [{ settled: true }, { mention: false }], 'turn by edit'],
    ['a direct message', [direct], 'turn by direct'],
    ['a direct message where all is off', [direct, { mention: false, reply: false }], 'turn by direct'],
    ['anything where it listens', [{}, { listen: 'all' }], 'turn by listening'],
    ['a keyword', [{ text: 'The DEPLOY failed' }, { keywords: ['deploy'] }], 'turn by keyword'],
    ['a keyword within a word', [{ text: 'redeployed' }, { keywords: ['deploy'] }], 'not_addressed'],
    ['somebody denied', [{ addressed: 'mention' }, { denyPeople: ['u1'] }], 'person_denied'],
    ['somebody denied and allowed', [direct, { denyPeople: ['U1'], allowPeople: ['U1'] }], 'person_denied'],
    ['somebody not on the list', [direct, { allowPeople: ['U2'] }], 'person_not_allowed'],
    ['somebody on the list', [direct, { allowPeople: ['U2', 'U1'] }], 'turn by direct'],
    ['a channel denied', [{ addressed: 'mention' }, { denyChannels: ['C1'] }], 'channel_denied'],
    [
      'a thread of a channel denied',
      [{ followUp: true, from: inThread }, { denyChannels: ['C1'] }],
      'channel_denied',
    ],
    [
      'a channel not on the list',
      [{ addressed: 'mention' }, { allowChannels: ['C2'] }],
      'channel_not_allowed',
    ],
    [
      'a thread of a channel on the list',
      [{ addressed: 'mention', from: inThread }, { allowChannels: ['C1'] }],
      'turn by mention',
    ],
    ['a direct message whatever the channels', [direct, { allowChannels: ['C2'] }], 'turn by direct'],
    [
      '/why by somebody denied',
      [{ addressed: 'mention', text: '/why' }, { denyPeople: ['U1'] }],
      'command by mention',
    ],
    [
      '/help by somebody denied',
      [{ addressed: 'mention', text: '/help' }, { denyPeople: ['U1'] }],
      'person_denied',
    ],
    ['small talk by somebody denied', [{}, { denyPeople: ['U1'] }], 'not_addressed'],
  ])('%s', (_name, [facts, settings], expected) => {
    expect(outcome(facts, settings)).toBe(expected)
  })
})

describe('a keyword', () => {
  it.each<[string, string, boolean]>([
    ['Atenção: AJUDA!', 'ajuda', true],
    ['ajudante', 'ajuda', false],
    ['É a coração-aberto', 'coração', true],
    ['please  on\ncall now', 'on call', true],
    ['ｄｅｐｌｏｙ it', 'deploy', true],
    ['部署失敗了', '部署', true],
    ['.* matches nothing special', 'a', false],
    ['what (now)?', '(now)', true],
    ['x_deploy', 'deploy', false],
    ['', 'deploy', false],
  ])('%s holds %s: %s', (text, keyword, expected) => {
    expect(holdsKeyword(text, [keyword])).toBe(expected)
  })
})

import { afterEach, expect, test, vi } from 'vitest'
import type { DiscordChannel, DiscordGuild } from '../../../src/simulator/discord/index.ts'
import { type Hub, startHub } from './running-receiver.ts'

let hub: Hub | undefined
afterEach(async () => {
  await hub?.close()
  hub = undefined
})

const shardOf = ({ id }: DiscordGuild): number => Number((BigInt(id) >> 22n) % 2n)

test('two shards, begun five seconds apart, miss nothing: not even what was said to the second while only the first was there', async () => {
  let ahead = 0
  const now = () => Date.now() + ahead
  const started = await startHub({ shards: 2, rateLimits: true, now })
  hub = started
  const { emulator } = started
  const ada = emulator.addPerson({ name: 'Ada' })
  const channels: DiscordChannel[] = []
  while (channels[0] === undefined || channels[1] === undefined) {
    const guild = emulator.addGuild({ name: 'Engines' })
    emulator.join(guild, ada)
    channels[shardOf(guild)] = emulator.addTextChannel(guild, { name: 'general' })
    ahead += 1
  }
  const [first, second] = channels
  const say = (channel: DiscordChannel, text: string) =>
    emulator.say(channel, ada, `<@${emulator.botUserId}> ${text}`)
  const heard = () => started.events.flatMap((event) => (event.kind === 'message' ? [event.text] : []))
  const bothThere = () =>
    vi.waitFor(
      () => {
        const attached = [...emulator.gateway.sessions.values()].filter(({ socket }) => socket !== undefined)
        expect(attached.map(({ shardId }) => shardId).sort()).toEqual([0, 1])
      },
      { timeout: 12_000 },
    )

  const running = await started.connect()
  await bothThere()
  say(first, 'one')
  say(second, 'two')
  emulator.say(emulator.dm(ada), ada, 'three')
  await vi.waitFor(() => expect(heard().sort()).toEqual(['one', 'three', 'two']))
  await running.stop()

  say(second, 'said while away')
  // Past what the position leaves as a margin, so that the first shard's news alone would hide it.
  ahead += 60_000
  await started.connect()
  say(first, 'the first is there')
  await vi.waitFor(() => expect(heard()).toContain('the first is there'))
  await bothThere()
  await vi.waitFor(() => expect(heard()).toContain('said while away'))
  expect(started.log.lines.filter(({ level }) => level === 'error')).toEqual([])
}, 30_000)

import { readFileSync } from 'node:fs'
import { PermissionFlagsBits, PermissionsBitField } from 'discord.js'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { environmentSchema } from '../../config/schema.ts'
import { COMMANDS } from '../../src/model/command.ts'

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const readme = read('README.md')

it('names only variables that exist', () => {
  const variables = [...readme.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name)
  // The database's own password in Compose, and the place for an id in an address.
  const others = ['POSTGRES_PASSWORD', 'APPLICATION_ID']
  expect(variables.length).toBeGreaterThan(10)
  expect([...Object.keys(environmentSchema.shape), ...others]).toEqual(expect.arrayContaining(variables))
})

it('names only npm scripts that exist', () => {
  const scripts = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')))
  const named = [...readme.matchAll(/\bnpm (?:run )?(start|test|[a-z]+:[a-z]+|doctor|bench)\b/g)].map(
    ([, name]) => name,
  )
  expect(named).toContain('start')
  expect(Object.keys(scripts.scripts)).toEqual(expect.arrayContaining(named))
})

it('tells of every command', () => {
  for (const command of COMMANDS) expect(readme).toContain(`\`/${command}`)
})

it("gives Slack a manifest of the hub's commands and the events it understands", () => {
  const text = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const manifest = z
    .object({
      features: z.object({
        slash_commands: z.array(z.object({ command: z.string(), description: z.string() })),
      }),
      oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
      settings: z.object({
        event_subscriptions: z.object({ bot_events: z.array(z.string()) }),
        socket_mode_enabled: z.literal(true),
        interactivity: z.object({ is_enabled: z.literal(true) }),
      }),
    })
    .parse(parse(text))
  const commands = manifest.features.slash_commands.map(({ command }) => command)
  // Slack keeps /help for itself.
  expect(commands).toEqual([
    '/brainall',
    ...COMMANDS.filter((name) => name !== 'help').map((name) => `/${name}`),
  ])
  for (const kind of ['channels', 'groups', 'im', 'mpim']) {
    expect(manifest.settings.event_subscriptions.bot_events).toContain(`message.${kind}`)
    expect(manifest.oauth_config.scopes.bot).toEqual(
      expect.arrayContaining([`${kind}:history`, `${kind}:read`]),
    )
  }
})

it('asks Discord for the permissions it lists', () => {
  const asked = new PermissionsBitField(BigInt(/permissions=(\d+)/.exec(readme)?.[1] ?? 0))
  const { ViewChannel, SendMessages, SendMessagesInThreads, AttachFiles, ReadMessageHistory } =
    PermissionFlagsBits
  const listed = [ViewChannel, SendMessages, SendMessagesInThreads, AttachFiles, ReadMessageHistory]
  expect(asked.toArray().sort()).toEqual(new PermissionsBitField(listed).toArray().sort())
})

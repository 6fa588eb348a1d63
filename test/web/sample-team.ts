import type { Database } from '../../src/db/database.ts'
import type { RunResult } from '../../src/ports/code-runner.ts'
import { sampleHub } from './sample-hub.ts'

const MINUTE = 60_000
const DAY = 86_400_000

const RAN: RunResult = {
  reason: 'ok',
  output: 'Lisbon   18.4\nPorto    16.1\nFaro     21.7\n',
  truncated: false,
  value: '56.2',
  cpuMs: 31,
  wallMs: 84,
  memoryBytes: 4_600_000,
}

const TABLE = `Of the three, **Qwen 32B** is the better fit here:

| Model | Context | First word |
|---|---:|---:|
| Llama 70B | 8k | 420 ms |
| Qwen 32B | 32k | 260 ms |

1. It keeps the *whole* thread in view.
2. It answers in Portuguese without being told.

> Prices are not compared: both run on our own machines.

\`\`\`sh
vllm serve Qwen/Qwen3-32B --max-model-len 32768
\`\`\`
More at [the vLLM pages](https://docs.vllm.ai/).`

/** A team of some weeks, for pages to be looked at and tried. */
export async function fillWithTeam(db: Database) {
  const hub = sampleHub(db)
  const slack = await hub.connection('slack', 'BrainAll')
  const discord = await hub.connection('discord', 'Brain')
  const acme = await hub.workspace(slack, 'Acme')
  const guild = await hub.workspace(discord, 'Makers of Porto')
  const general = await hub.channel(slack, acme, 'general')
  const direct = await hub.channel(slack, acme, null)
  const build = await hub.channel(discord, guild, 'build')
  const ana = await hub.person(slack, 'Ana Sousa')
  const ben = await hub.person(slack, 'Ben Okafor')
  const chi = await hub.person(discord, 'chi')

  for (let day = 34; day >= 1; day -= 1) {
    const weekend = day % 7 > 4
    for (let call = 0; call < (weekend ? 2 : 9 + ((day * 5) % 11)); call += 1) {
      const third = (day + call) % 3
      const at = new Date(Date.now() - day * DAY + call * MINUTE)
      const [place, person] = third === 0 ? [build, chi] : third === 1 ? [general, ana] : [direct, ben]
      const model = call % 4 === 0 ? 'qwen-32b' : 'llama-70b'
      const promptTokens = 900 + ((day * 131 + call * 57) % 2400)
      const answer = {
        kind: 'reply',
        serverName: 'gpu-1',
        model,
        promptTokens,
        completionTokens: 190 + call * 11,
      } as const
      await hub.use(place, person, { ...answer, at })
      if (call === 1) {
        const speech = { kind: 'speech', model: 'whisper-large-v3', audioMs: 8000 + day * 700 } as const
        await hub.use(place, person, { ...speech, serverName: 'whisper', at })
      }
      if (call === 2) await hub.use(place, person, { kind: 'run', durationMs: 90, at })
    }
  }

  const older = await hub.conversation(build)
  const ran = await hub.exchange({
    conversationId: older,
    place: build,
    personId: chi,
    agoMs: 200 * MINUTE,
    question: '/run python print the mean of each city',
    answer: '```\nLisbon   18.4\nPorto    16.1\nFaro     21.7\n```\n\n_84 ms_',
    run: {
      language: 'python',
      source:
        'cities = {"Lisbon": 18.4, "Porto": 16.1, "Faro": 21.7}\nfor name, mean in cities.items():\n    print(f"{name:8} {mean}")\nsum(cities.values())',
      result: RAN,
    },
  })
  await hub.exchange({
    conversationId: older,
    place: build,
    personId: chi,
    agoMs: 190 * MINUTE,
    question: '/run javascript while (true) {}',
    answer: 'Stopped: it computed for more than 5 s.',
    run: {
      language: 'javascript',
      source: 'while (true) {}',
      result: { ...RAN, reason: 'cpu-timeout', output: '', cpuMs: 5000, wallMs: 5100 },
    },
  })
  const thread = await hub.conversation(general)
  await hub.exchange({
    conversationId: thread,
    place: general,
    personId: ana,
    agoMs: 62 * MINUTE,
    question: '@brainall which of our models should answer the support channel?\nWe have Llama and Qwen.',
    answer: TABLE,
  })
  const voice = await hub.exchange({
    conversationId: thread,
    place: general,
    personId: ben,
    agoMs: 58 * MINUTE,
    question: '',
    voice: { transcript: 'E quanto tempo demora a primeira palavra no Qwen?', doubtful: true },
    answer: 'Cerca de **260 ms** na nossa máquina, com o contexto quase vazio.',
    model: 'qwen-32b',
  })
  const alone = await hub.conversation(direct)
  const failed = await hub.exchange({
    conversationId: alone,
    place: direct,
    personId: ben,
    agoMs: 31 * MINUTE,
    question: 'Summarize the minutes of Monday, please.',
    answer: 'I cannot answer right now: the model server does not answer. Please try again in a moment.',
    state: 'failed',
    error: { code: 'model_unreachable', message: 'the server refuses the connection (gpu-1:8000)' },
  })
  await hub.exchange({
    conversationId: alone,
    place: direct,
    personId: ben,
    agoMs: 2 * MINUTE,
    question: 'And the ones of Tuesday?',
    answer: 'On Tuesday the team decided',
    state: 'working',
  })
  await hub.exchange({
    conversationId: alone,
    place: direct,
    personId: ben,
    agoMs: MINUTE,
    question: 'In Portuguese, please.',
    state: 'ready',
  })
  return { workspaceId: acme, guild, thread, alone, ana, ran, voice, failed, general }
}

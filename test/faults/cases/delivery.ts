import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { eventually, inScene } from '../with-stage.ts'

/** What platforms do to deliveries. */
export const delivery: readonly FaultCase[] = [
  {
    numbers: [1, 3, 4],
    name: 'the same message again: meanwhile, after, after a restart, under another id',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd, hub }) => {
        for (let n = 0; n < settings.times * 4; n++) {
          crowd.ask()
          crowd.redeliver(0.2)
          await pause(1000 / settings.rate)
        }
        await crowd.settled(30_000)
        crowd.redeliver(1)
        await pause(1_000)
        hub.signal('SIGTERM')
        await hub.ended
        await stage.start()
        crowd.redeliver(1)
        await pause(3_000)
        const [turns] = await stage.query<{ count: number }>('select count(*)::int as count from turns')
        const extra = (turns?.count ?? 0) - crowd.asked
        return { faults: extra === 0 ? [] : [`${extra} turns too many`] }
      }),
  },
  {
    numbers: [2],
    name: 'old events replayed after the memory of deliveries is gone',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd }) => {
        await stage.query('delete from inbound_events')
        crowd.redeliver(1)
        await pause(3_000)
        return undefined
      }),
  },
  {
    numbers: [5],
    name: 'intake cannot store: nothing is acknowledged, all is answered later',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd, hub }) => {
        await stage.query('alter table messages rename to messages_away')
        await stage.query('create view messages as select * from messages_away where false')
        for (let n = 0; n < 8; n++) crowd.ask()
        await pause(1_500)
        await stage.query('drop view messages')
        await stage.query('alter table messages_away rename to messages')
        await crowd.settled(60_000)
        const [ended] = await Promise.all([Promise.race([hub.ended, pause(0)])])
        return { faults: ended === undefined ? [] : [`the hub ended: ${ended}`] }
      }),
  },
  {
    numbers: [6],
    name: 'an event that can never be taken in does not hold back the others',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd }) => {
        const victim = crowd.asked + 3
        await stage.query(`
          create function refuse() returns trigger language plpgsql as $$
          begin if new.text like '%tell q${victim}' then raise exception 'no'; end if; return new; end $$`)
        await stage.query(
          'create trigger refuse before insert on messages for each row execute function refuse()',
        )
        for (let n = 0; n < 16; n++) crowd.ask()
        const others = () => crowd.open().every((name) => name === `q${victim}`)
        const done = await eventually(others, 90_000)
        return { faults: done ? [] : [`held back: ${crowd.open().join(', ')}`] }
      }),
  },
  {
    numbers: [7],
    name: 'the connection is cut again and again',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd }) => {
        for (let n = 0; n < settings.times; n++) {
          for (const chat of stage.chats) chat.cut()
          for (let m = 0; m < 8; m++) crowd.ask()
          await pause(1_500)
        }
        return undefined
      }),
  },
  {
    numbers: [9],
    name: '40 messages in one second in few places, with a slow model',
    run: (settings) =>
      inScene(settings, { tokensPerSecond: 20, crowd: { corners: 2 } }, async ({ crowd }) => {
        for (let n = 0; n < 40; n++) crowd.ask()
        await crowd.settled(120_000)
        return undefined
      }),
  },
  {
    numbers: [12, 45],
    name: 'the answer to a post is lost after the platform took it',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd }) => {
        for (let n = 0; n < settings.times; n++) {
          for (const chat of stage.chats) {
            const post = POSTS[chat.platform]
            chat.faults.add({ match: post, effect: { kind: 'lose-answer' }, times: 1 })
            chat.faults.add({ match: post, effect: { kind: 'answer', status: 502 }, times: 1 })
          }
          for (let m = 0; m < 8; m++) crowd.ask()
          await pause(1_000)
        }
        return undefined
      }),
  },
]

/** What makes a new message. */
export const POSTS = {
  telegram: /sendMessage/,
  slack: /chat\.(postMessage|startStream)/,
  discord: /POST .*\/channels\/\d+\/messages/,
  matrix: /\/send\/m\.room\.message\//,
} as const

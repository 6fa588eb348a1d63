import type { HubProcess } from '../../support/hub-process.ts'
import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { openStage } from '../stage.ts'
import { eventually, inScene } from '../with-stage.ts'

/** What happens to the database and the queue. */
export const storage: readonly FaultCase[] = [
  {
    numbers: [26],
    name: 'Redis loses everything and comes back, again and again',
    backend: 'redis',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd, hub }) => {
        const asking = new AbortController()
        const asked = crowd.keepAsking(settings.rate, asking.signal)
        for (let n = 0; n < settings.times; n++) {
          await pause(1_500)
          await stage.redis?.stop()
          await pause(n % 2 === 0 ? 300 : 2_000)
          await stage.redis?.start()
        }
        asking.abort()
        await asked
        return { faults: await stillRuns(hub), note: `${settings.times} restarts of an empty Redis` }
      }),
  },
  {
    numbers: [26],
    name: 'Redis full, a read-only replica, 500 ms slow, emptied: held back or found again, nothing lost',
    backend: 'redis',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd, hub }) => {
        const { redis } = stage
        if (!redis) return { faults: ['no Redis'] }
        const asking = new AbortController()
        const asked = crowd.keepAsking(settings.rate, asking.signal)
        const slowly = async (): Promise<void> => {
          for (let n = 0; n < 6; n++) {
            await redis.tell('CLIENT', 'PAUSE', '500', 'ALL')
            await pause(550)
          }
        }
        const troubles: readonly (() => Promise<void>)[] = [
          async () => {
            await redis.tell('CONFIG', 'SET', 'maxmemory', '1')
            await pause(3_000)
            await redis.tell('CONFIG', 'SET', 'maxmemory', '0')
          },
          async () => {
            await redis.tell('REPLICAOF', '127.0.0.1', '1')
            await pause(3_000)
            await redis.tell('REPLICAOF', 'NO', 'ONE')
          },
          slowly,
          () => redis.tell('FLUSHALL'),
        ]
        for (let n = 0; n < Math.max(settings.times, troubles.length); n++) {
          await troubles[n % troubles.length]?.()
          await pause(1_000)
        }
        asking.abort()
        await asked
        return { faults: await stillRuns(hub) }
      }),
  },
  {
    numbers: [22],
    name: 'the disk is full under the database; nobody reads the log: held back, then as before',
    run: (settings) =>
      inScene(settings, { environment: { LOG_LEVEL: 'debug' } }, async ({ stage, crowd, hub }) => {
        hub.closeLog()
        await stage.query(`
          create function refuse() returns trigger language plpgsql as $$
          begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`)
        const full = ['messages', 'answers', 'answer_parts']
        for (let n = 0; n < 12; n++) crowd.ask()
        for (const table of full)
          await stage.query(
            `create trigger refuse before insert or update on ${table} for each row execute function refuse()`,
          )
        for (let n = 0; n < 12; n++) crowd.ask()
        await pause(6_000)
        for (const table of full) await stage.query(`drop trigger refuse on ${table}`)
        await crowd.settled(60_000)
        crowd.ask()
        return { faults: await stillRuns(hub) }
      }),
  },
  {
    numbers: [27],
    name: 'PostgreSQL takes no connections for a while',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd, hub }) => {
        const asking = new AbortController()
        const asked = crowd.keepAsking(settings.rate, asking.signal)
        const [here] = await stage.query<{ name: string }>('select current_database() as name')
        for (let n = 0; n < Math.ceil(settings.times / 3); n++) {
          await stage.administer(`alter database ${here?.name} connection limit 0`)
          await stage.administer(
            `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${here?.name}'`,
          )
          await pause(4_000)
          await stage.administer(`alter database ${here?.name} connection limit -1`)
          await pause(2_000)
        }
        asking.abort()
        await asked
        return { faults: await stillRuns(hub) }
      }),
  },
  {
    numbers: [27],
    name: 'PostgreSQL killed and restarted under load; its clients ended',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd, hub }) => {
        const asking = new AbortController()
        const asked = crowd.keepAsking(settings.rate, asking.signal)
        for (let n = 0; n < settings.times; n++) {
          await pause(1_500)
          if (n % 2 === 0) {
            await stage.postgres.stop()
            await pause(500)
            await stage.postgres.start()
          } else {
            await stage.query(
              "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'brainall%' and usename = current_user",
            )
          }
        }
        asking.abort()
        await asked
        return { faults: await stillRuns(hub) }
      }),
  },
  {
    numbers: [28],
    name: 'the database is down at start: waited for, /readyz 503, then on',
    async run({ backend }) {
      const stage = await openStage({ backend, platforms: ['telegram'] })
      try {
        const faults: string[] = []
        await stage.postgres.stop()
        const port = 20_000 + Math.floor(Math.random() * 20_000)
        const hub = stage.spawn({ PORT: String(port) })
        const status = async (path: string): Promise<number> => {
          const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined)
          return answer?.status ?? 0
        }
        if (!(await eventually(async () => (await status('/readyz')) === 503, 20_000)))
          faults.push('/readyz did not say 503')
        if ((await status('/healthz')) !== 200) faults.push('/healthz did not say 200')
        if (!hub.output.includes('waiting for the database')) faults.push('no clear message')
        await stage.postgres.start()
        if (!(await eventually(async () => (await status('/readyz')) === 200, 40_000)))
          faults.push(`it did not get ready: ${hub.output.slice(-500)}`)
        await stage.postgres.stop()
        if (!(await eventually(async () => (await status('/readyz')) === 503, 20_000)))
          faults.push('/readyz did not notice an outage')
        await stage.postgres.start()
        if (!(await eventually(async () => (await status('/readyz')) === 200, 40_000)))
          faults.push('it did not get ready again')
        return { faults }
      } finally {
        await stage.close()
      }
    },
  },
  {
    numbers: [23],
    name: 'killed while it migrates; two that migrate at once',
    async run({ backend, times }) {
      const stage = await openStage({ backend, platforms: ['telegram'] })
      try {
        for (let n = 0; n < times; n++) {
          const hub = stage.spawn()
          await pause(800 + Math.random() * 900)
          hub.signal('SIGKILL')
          await hub.ended
        }
        await Promise.all([stage.start({ ROLES: 'worker' }), stage.start({ ROLES: 'gateway,web' })])
        return {}
      } finally {
        await stage.close()
      }
    },
  },
  {
    numbers: [24],
    name: 'a backup restored: no old message is answered again',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd, hub }) => {
        await stage.query('create table connections_old as select id, cursor from connections')
        for (let n = 0; n < 8; n++) crowd.ask()
        await crowd.settled(30_000)
        hub.signal('SIGTERM')
        await hub.ended
        // The state as it was before: positions and the memory of deliveries; what was answered since is known no more.
        await stage.query(
          'update connections c set cursor = o.cursor from connections_old o where o.id = c.id',
        )
        await stage.query('delete from inbound_events')
        await stage.start()
        await pause(5_000)
        return { note: 'positions and deliveries turned back' }
      }),
  },
  {
    numbers: [29],
    name: 'tickets that nobody needs, a hundred at once',
    run: (settings) =>
      inScene(settings, {}, async ({ stage, crowd }) => {
        const other = await stage.start({ ROLES: 'worker' })
        for (let n = 0; n < settings.times * 4; n++) {
          crowd.ask()
          crowd.ask()
        }
        await crowd.settled(60_000)
        other.signal('SIGTERM')
        return undefined
      }),
  },
]

export async function stillRuns({ ended, output }: HubProcess): Promise<string[]> {
  const how = await Promise.race([ended, pause(0)])
  return how === undefined ? [] : [`the hub ended: ${how} ${output.slice(-1_500)}`]
}

import { setTimeout as delay } from 'node:timers/promises'
import { measureDirect, measureLatency, measureThroughput, type Throughput } from './measure.ts'
import { useOfAll } from './process-use.ts'
import { type Backend, openStage, type Stage, type Subject } from './stage.ts'
import { fillTo } from './stored-messages.ts'

const CHATS = [1, 8, 32] as const
const WORKERS = [1, 2, 4] as const
const IDLE_AFTER_MS = 5_000

export interface LoadOptions {
  readonly backends: readonly Backend[]
  /** Of each measure of throughput. */
  readonly seconds: number
  /** Where the hub's processes leave what V8 saw of them; for one look, since it costs them. */
  readonly profileDir?: string
  /** Messages already in the database for the last measure, in rising order. */
  readonly stored: readonly number[]
}

export interface LoadRow {
  readonly bench: 'load'
  readonly backend: Backend
  readonly subject: string
  readonly [measure: string]: string | number | undefined
}

/** The hub beside what it is compared with, in the same minutes on the same machine. */
export async function* benchLoad(options: LoadOptions): AsyncGenerator<LoadRow> {
  for (const backend of options.backends) {
    const { profileDir } = options
    const profile =
      profileDir === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDir}` }
    const stage = await openStage(backend, profile)
    if (!stage) {
      yield { bench: 'load', backend, subject: 'none', skipped: 'there is no redis-server on PATH' }
      continue
    }
    try {
      for await (const row of benchOn(stage, options)) yield { bench: 'load', backend, ...row }
    } finally {
      await stage.close()
    }
  }
}

type Row = Pick<LoadRow, 'subject'> & Readonly<Record<string, string | number | undefined>>

async function* benchOn(stage: Stage, { seconds, stored }: LoadOptions): AsyncGenerator<Row> {
  const direct = await Promise.all([measureDirect(stage, 1, seconds / 2)])
  yield {
    subject: 'direct model call',
    firstTokenMs: direct[0].firstTokenMs,
    perSecond1: direct[0].perSecond,
    perSecond32: (await measureDirect(stage, 32, seconds / 2)).perSecond,
  }
  yield await whole(stage, 'bare bot', () => stage.startBareBot(false), seconds)
  yield await whole(stage, 'committing bot', () => stage.startBareBot(true), seconds)
  // The first start makes the tables.
  await (await stage.startHub()).close()
  yield await whole(stage, 'hub', () => stage.startHub(), seconds)
  for (const workers of WORKERS) {
    const measured = await withSubject(
      () => stage.startHub(workers),
      (hub) => measureThroughput(stage, hub, 32, seconds),
    )
    yield { subject: `hub, ${workers} workers`, ...named(32, measured) }
  }
  for (const count of stored) {
    await fillTo(stage.pool, count)
    const measured = await withSubject(
      () => stage.startHub(),
      async (hub) => ({
        ...(await measureLatency(stage, 20)),
        ...named(8, await measureThroughput(stage, hub, 8, seconds)),
      }),
    )
    yield { subject: `hub, ${count} stored`, ...measured }
  }
}

async function whole(
  stage: Stage,
  subject: string,
  start: () => Promise<Subject>,
  seconds: number,
): Promise<Row> {
  return await withSubject(start, async (running) => {
    await delay(IDLE_AFTER_MS)
    const idle = await useOfAll(running.pids)
    const latency = await measureLatency(stage, 20)
    const row: Record<string, number | undefined> = {
      readyMs: Math.round(running.readyMs),
      ...latency,
      idleMb: idle?.residentMb,
    }
    for (const chats of CHATS)
      Object.assign(row, named(chats, await measureThroughput(stage, running, chats, seconds)))
    return { subject, ...row }
  })
}

function named(chats: number, { perSecond, cpuMsPerMessage, residentMb }: Throughput) {
  return { [`perSecond${chats}`]: perSecond, [`cpuMs${chats}`]: cpuMsPerMessage, loadedMb: residentMb }
}

async function withSubject<Result>(
  start: () => Promise<Subject>,
  work: (subject: Subject) => Promise<Result>,
): Promise<Result> {
  const subject = await start()
  try {
    return await work(subject)
  } finally {
    await subject.close()
  }
}

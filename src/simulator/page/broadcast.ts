import type { ServerResponse } from 'node:http'
import type { Pane } from './pane.ts'
import type {
  MessageSight,
  NumberedMessage,
  PaneSight,
  Platform,
  SightChange,
  StageSight,
  WholeSight,
} from './sight.ts'

/** Changes within this time travel together. */
const FLUSH_MS = 40
/** Typing notes and failed commands end by the clock, with no change to tell of it. */
const LOOK_AGAIN_MS = 1_000
const KEEP_ALIVE_MS = 15_000
const MAX_WATCHERS = 32
/** A watcher this far behind is cut off; it comes back and gets everything anew. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024

export interface Broadcast {
  whole(): WholeSight
  /** Sends server-sent events until the watcher leaves; false when there are too many of them. */
  watch(response: ServerResponse): boolean
  stageChanged(): void
  close(): void
}

interface Shown {
  sight: string
  readonly messages: Map<string, { readonly json: string; readonly order: number }>
}

/** Keeps what the page was last told of each pane, and tells it what became different. */
export function createBroadcast(panes: readonly Pane[], stage: () => StageSight): Broadcast {
  const watchers = new Set<ServerResponse>()
  const shown = new Map<Platform, Shown>(
    panes.map(({ platform }) => [platform, { sight: '', messages: new Map() }]),
  )
  const dirty = new Set<Pane>(panes)
  let flushing: NodeJS.Timeout | undefined
  let nextOrder = 0

  const send = (event: 'whole' | 'change', body: WholeSight | SightChange): void => {
    const text = `event: ${event}\ndata: ${JSON.stringify(body)}\n\n`
    for (const watcher of watchers) {
      if (watcher.writableLength > MAX_BACKLOG_BYTES) watcher.destroy()
      else watcher.write(text)
    }
  }

  const changeOf = (pane: Pane): SightChange | undefined => {
    const before = shown.get(pane.platform)
    if (!before) return undefined
    const sight = pane.sight()
    const json = JSON.stringify(sight)
    const sightChanged = json !== before.sight
    before.sight = json
    const { changed, gone } = compare(before, pane.messages())
    if (!sightChanged && changed.length === 0 && gone.length === 0) return undefined
    const { platform } = pane
    return { kind: 'pane', platform, ...(sightChanged ? { sight } : {}), messages: changed, gone }
  }

  const compare = (before: Shown, now: readonly MessageSight[]) => {
    const present = new Set<string>()
    const changed: NumberedMessage[] = []
    for (const message of now) {
      present.add(message.id)
      const json = JSON.stringify(message)
      const known = before.messages.get(message.id)
      if (known?.json === json) continue
      const order = known?.order ?? nextOrder++
      before.messages.set(message.id, { json, order })
      changed.push({ ...message, order })
    }
    const gone = [...before.messages.keys()].filter((id) => !present.has(id))
    for (const id of gone) before.messages.delete(id)
    return { changed, gone }
  }

  const flush = (): void => {
    clearTimeout(flushing)
    flushing = undefined
    const due = [...dirty]
    dirty.clear()
    for (const pane of due) {
      const change = changeOf(pane)
      if (change) send('change', change)
    }
  }

  const changed = (pane: Pane): void => {
    dirty.add(pane)
    flushing ??= setTimeout(flush, FLUSH_MS)
  }
  const stops = panes.map((pane) => pane.onChange(() => changed(pane)))

  const looking = setInterval(() => {
    if (watchers.size === 0) return
    for (const pane of panes) dirty.add(pane)
    flush()
  }, LOOK_AGAIN_MS)
  const keepingAlive = setInterval(() => {
    for (const watcher of watchers) watcher.write(': still here\n\n')
  }, KEEP_ALIVE_MS)

  const whole = (): WholeSight => {
    flush()
    const sights = panes.map(({ platform }) => {
      const { sight, messages } = shown.get(platform) ?? { sight: 'null', messages: new Map() }
      const numbered = [...messages.values()].map(({ json, order }) => ({
        ...parse<MessageSight>(json),
        order,
      }))
      return [platform, { sight: parse<PaneSight>(sight), messages: numbered }]
    })
    return { stage: stage(), panes: Object.fromEntries(sights) }
  }

  return {
    whole,
    watch(response) {
      if (watchers.size >= MAX_WATCHERS) return false
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      for (const pane of panes) dirty.add(pane)
      response.write(`retry: 1000\nevent: whole\ndata: ${JSON.stringify(whole())}\n\n`)
      watchers.add(response)
      response.once('close', () => watchers.delete(response))
      return true
    },
    stageChanged: () => send('change', { kind: 'stage', stage: stage() }),
    close() {
      clearTimeout(flushing)
      clearInterval(looking)
      clearInterval(keepingAlive)
      for (const stop of stops) stop()
      for (const watcher of watchers) watcher.end()
    },
  }
}

/** Of JSON that this module wrote. */
function parse<Value>(json: string): Value {
  return JSON.parse(json)
}

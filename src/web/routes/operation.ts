import { setTimeout as delay } from 'node:timers/promises'
import type { Readiness, WebParts } from '../parts.ts'
import type { App } from '../request.ts'

const ANSWER_LIMIT_MS = 5000

/** For machines that watch the hub. */
export function addOperationRoutes(app: App, parts: WebParts): void {
  const open = { config: { access: 'public' } } as const

  app.get('/healthz', open, async () => ({ ok: true }))

  app.get('/readyz', open, async (_request, reply) => {
    const readiness = await withinLimit(parts)
    const down = readiness.parts.filter(({ up }) => !up)
    return reply.code(readiness.ready ? 200 : 503).send({
      ready: readiness.ready,
      reasons: down.map(({ kind, name, detail }) => `${kind} ${name}: ${detail ?? 'down'}`),
      parts: readiness.parts,
    })
  })

  app.get('/metrics', open, async (_request, reply) =>
    reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(parts.metrics === undefined ? plainMetrics(await withinLimit(parts)) : await parts.metrics()),
  )
}

async function withinLimit({ readiness, log }: WebParts): Promise<Readiness> {
  const stop = new AbortController()
  const late = delay(ANSWER_LIMIT_MS, undefined, { signal: stop.signal, ref: false }).then(
    () => notReady('it could not be found out in time'),
    () => notReady('not asked'),
  )
  const asked = readiness().catch((error: unknown) => {
    log.warn({ err: error }, 'readiness could not be found out')
    return notReady('it could not be found out')
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    stop.abort()
  }
}

function notReady(detail: string): Readiness {
  return { ready: false, parts: [{ kind: 'connections', name: 'hub', up: false, detail }] }
}

function plainMetrics({ ready, parts }: Readiness): string {
  const lines = [
    '# HELP brainall_ready Whether the hub is ready.',
    '# TYPE brainall_ready gauge',
    `brainall_ready ${ready ? 1 : 0}`,
    '# HELP brainall_part_up Whether a part of the hub, a connection or a model server is up.',
    '# TYPE brainall_part_up gauge',
    ...parts.map(
      ({ kind, name, up }) =>
        `brainall_part_up{kind=${JSON.stringify(kind)},name=${JSON.stringify(name)}} ${up ? 1 : 0}`,
    ),
    '# HELP process_resident_memory_bytes Resident memory.',
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    '# HELP process_uptime_seconds Time since the start.',
    '# TYPE process_uptime_seconds gauge',
    `process_uptime_seconds ${process.uptime()}`,
  ]
  return `${lines.join('\n')}\n`
}

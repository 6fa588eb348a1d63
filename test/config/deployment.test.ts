import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { environmentSchema } from '../../config/schema.ts'

const at = (name: string) => new URL(`../../${name}`, import.meta.url)
const defaults = environmentSchema.parse({})
const known = Object.keys(environmentSchema.shape)

const compose = z
  .object({
    services: z.record(
      z.string(),
      z.looseObject({
        image: z.string(),
        environment: z.record(z.string(), z.string()).default({}),
        ports: z.array(z.string()).default([]),
        volumes: z.array(z.string()).default([]),
        stop_grace_period: z.string().optional(),
        depends_on: z.record(z.string(), z.unknown()).default({}),
      }),
    ),
    volumes: z.record(z.string(), z.unknown()),
    configs: z.record(z.string(), z.object({ content: z.string() })),
  })
  .parse(parse(readFileSync(at('docker-compose.yml'), 'utf8'), { merge: true }))
const hubs = Object.values(compose.services).filter(({ image }) => image === 'brainall')

const ecosystem = z
  .object({
    apps: z.array(
      z.looseObject({ script: z.string(), env: z.record(z.string(), z.string()), kill_timeout: z.number() }),
    ),
  })
  .parse(createRequire(import.meta.url)(at('ecosystem.config.cjs').pathname))

/** Values as Compose fills them in. */
function filled(environment: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(environment)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.replace(/\$\{[^}]*\}/g, 'x'.repeat(32))]),
  )
}

it.each([
  ['Compose', hubs.map(({ environment }) => filled(environment))],
  ['pm2', ecosystem.apps.map(({ env }) => env)],
])('%s runs every role once, with variables that the schema takes', (_, environments) => {
  for (const environment of environments)
    expect(known).toEqual(expect.arrayContaining(Object.keys(environment)))
  const roles = environments.flatMap((environment) => environmentSchema.parse(environment).ROLES)
  expect(roles.sort()).toEqual([...defaults.ROLES].sort())
})

it('Compose publishes the port that the web listens on, to this machine only', () => {
  const [web, ...others] = hubs.filter(({ ports }) => ports.length > 0)
  expect(others).toEqual([])
  expect(web?.ports).toEqual([`127.0.0.1:${defaults.PORT}:${web?.environment.PORT}`])
  expect(web?.environment).toMatchObject({ ROLES: 'web', HOST: '0.0.0.0' })
})

it('Compose gives the hubs the database, the queue and the volume that its other services keep', () => {
  const { postgres } = compose.services
  expect(postgres?.volumes).toContain('postgres:/var/lib/postgresql')
  for (const { environment, depends_on, volumes } of hubs) {
    expect(Object.keys(depends_on)).toEqual(['postgres', 'redis'])
    expect(new URL(environment.REDIS_URL ?? '').hostname).toBe('redis')
    const database = new URL(filled(environment).DATABASE_URL ?? '')
    expect(database.hostname).toBe('postgres')
    expect(compose.configs['hub-role']?.content).toContain(`CREATE ROLE ${database.username} LOGIN`)
    expect(compose.configs['hub-role']?.content).toContain(
      `CREATE DATABASE ${database.pathname.slice(1)} OWNER ${database.username}`,
    )
    expect(volumes).toEqual([`data:${environment.DATA_DIR}`])
  }
  for (const { volumes } of Object.values(compose.services)) {
    for (const volume of volumes) {
      const [source = ''] = volume.split(':')
      if (source.startsWith('./')) expect(existsSync(at(source)), source).toBe(true)
      else expect(Object.keys(compose.volumes)).toContain(source)
    }
  }
})

it('Compose and pm2 wait longer than a hub drains', () => {
  for (const { stop_grace_period: grace = '' } of hubs)
    expect(Number.parseInt(grace, 10) * 1000).toBeGreaterThan(defaults.DRAIN_TIMEOUT_MS)
  for (const app of ecosystem.apps) expect(app.kill_timeout).toBeGreaterThan(defaults.DRAIN_TIMEOUT_MS)
})

it('the image listens where it says, with variables that the schema takes', () => {
  const dockerfile = readFileSync(at('Dockerfile'), 'utf8')
  const pairs = /^ENV (.*)$/m
    .exec(dockerfile)?.[1]
    ?.split(' ')
    .map((pair) => pair.split('='))
  const { NODE_ENV: _, ...environment } = Object.fromEntries(pairs ?? [])
  expect(known).toEqual(expect.arrayContaining(Object.keys(environment)))
  expect(environmentSchema.parse(environment)).toMatchObject({
    HOST: '0.0.0.0',
    PORT: 3000,
    DATA_DIR: '/data',
  })
  expect(dockerfile).toMatch(/^EXPOSE 3000$/m)
  for (const { environment: own } of hubs) expect(own).toMatchObject(environment)
})

it('the image holds what the entry needs, and the build sends no more', () => {
  const dockerfile = readFileSync(at('Dockerfile'), 'utf8')
  const sent = readFileSync(at('.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
  const copied = dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)
  const names = [...copied].flatMap(([, list = '']) => list.split(' ')).map((name) => name.split('/')[0])
  expect([...new Set(names)].sort()).toEqual(sent.map((line) => line.slice(1)).sort())
  for (const { script, node_args: flag } of ecosystem.apps)
    expect(dockerfile).toContain(`CMD ["node", "${String(flag)}", "${script}"]`)
})

it('Prometheus asks every process: the web where it listens, the others where they serve their metrics', () => {
  const { scrape_configs: jobs } = z
    .object({
      scrape_configs: z.array(
        z.object({
          static_configs: z.array(z.object({ targets: z.array(z.string()) })),
          dns_sd_configs: z.array(z.object({ names: z.array(z.string()), port: z.number() })),
        }),
      ),
    })
    .loose()
    .parse(parse(readFileSync(at('config/prometheus/prometheus.yml'), 'utf8')))
  const [job] = jobs
  expect(job?.static_configs.flatMap(({ targets }) => targets)).toEqual([
    `web:${compose.services.web?.environment.PORT}`,
  ])
  const [others] = job?.dns_sd_configs ?? []
  for (const name of others?.names ?? [])
    expect(compose.services[name]?.environment.METRICS_PORT).toBe(String(others?.port))
  expect([...(others?.names ?? []), 'web'].sort()).toEqual(
    Object.keys(compose.services)
      .filter((name) => compose.services[name]?.image === 'brainall')
      .sort(),
  )
})

it('Compose starts what is optional only when it is asked for', () => {
  const byProfile = Object.entries(compose.services).flatMap(([name, service]) => {
    const { profiles = [] } = z
      .object({ profiles: z.array(z.string()).optional() })
      .loose()
      .parse(service)
    return profiles.map((profile) => [profile, name])
  })
  expect(byProfile).toEqual([
    ['vllm', 'vllm'],
    ['whisper', 'whisper'],
    ['watch', 'prometheus'],
    ['watch', 'grafana'],
    ['tls', 'caddy'],
  ])
})

it('Grafana finds the dashboard and its data where Compose puts them', () => {
  const read = (name: string) => parse(readFileSync(at(`config/grafana/provisioning/${name}`), 'utf8'))
  const { datasources } = z
    .object({ datasources: z.array(z.object({ url: z.string() })) })
    .loose()
    .parse(read('datasources/prometheus.yml'))
  expect(new URL(datasources[0]?.url ?? '').hostname).toBe('prometheus')
  const { providers } = z
    .object({ providers: z.array(z.object({ options: z.object({ path: z.string() }) })) })
    .loose()
    .parse(read('dashboards/brainall.yml'))
  const folder = providers[0]?.options.path
  expect(compose.services.grafana?.volumes).toContainEqual(
    expect.stringContaining(`:${folder}/brainall.json:`),
  )
})

it.each(['brainall.service', 'brainall@.service'])(
  '%s starts the hub and waits longer than it drains',
  (name) => {
    const unit = readFileSync(at(`config/systemd/${name}`), 'utf8')
    const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? ''
    expect(existsSync(at(value('ExecStart').split(' ').at(-1) ?? ''))).toBe(true)
    expect(Number(value('TimeoutStopSec')) * 1000).toBeGreaterThan(defaults.DRAIN_TIMEOUT_MS)
    const pairs = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = '']) => line.split(' '))
    const { NODE_ENV: _, ...environment } = Object.fromEntries(pairs.map((pair) => pair.split('=')))
    expect(known).toEqual(expect.arrayContaining(Object.keys(environment)))
    expect(`/var/lib/${value('StateDirectory')}`).toBe(environment.DATA_DIR)
  },
)

it('Caddy hands on to the web, under the name that Compose gives it', () => {
  const text = readFileSync(at('config/caddy/Caddyfile'), 'utf8')
  expect(text).toContain(`reverse_proxy web:${compose.services.web?.environment.PORT}`)
  for (const [, name = ''] of text.matchAll(/\{\$(\w+)\}/g))
    expect(Object.keys(compose.services.caddy?.environment ?? {})).toContain(name)
})

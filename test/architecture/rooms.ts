/** A room is a folder, or a file that stands for itself; the longest name that fits a path wins. */
export interface Room {
  /** Rooms it may import from, besides itself. */
  readonly imports: readonly string[]
  /** Rooms of which it may import types only: their values are handed in. */
  readonly types?: readonly string[]
}

const ADAPTER: Room = {
  imports: ['src/model', 'src/ports', 'src/markdown', 'src/core'],
  types: ['config/schema.ts'],
}
const WORKER: Room = {
  imports: ['src/model', 'src/ports', 'src/core', 'workers'],
  types: ['config/schema.ts'],
}

export const ROOMS: Readonly<Record<string, Room>> = {
  config: { imports: [] },
  'config/locales': { imports: [] },
  'config/schema.ts': { imports: [] },
  'config/load.ts': { imports: ['config/schema.ts'] },
  'src/model': { imports: ['config/locales'] },
  'src/ports': { imports: ['src/model'], types: ['config/schema.ts'] },
  'src/markdown': { imports: ['src/model'] },
  'src/core': { imports: ['src/model', 'src/ports', 'src/markdown', 'config/locales'] },
  'src/db': { imports: ['src/model', 'src/ports'] },
  'src/queue': { imports: ['src/model', 'src/ports'] },
  'src/metrics': { imports: ['src/model', 'src/ports'] },
  'src/tracing': { imports: ['src/model', 'src/ports'] },
  'src/web': {
    imports: ['src/model', 'src/ports', 'src/core', 'src/markdown', 'config/locales'],
    types: ['config/schema.ts'],
  },
  'src/backup': { imports: ['src/model', 'src/ports', 'src/db'], types: ['config/schema.ts'] },
  'src/launcher': { imports: [] },
  'src/simulator': { imports: [] },
  'src/entry': {
    imports: [
      'config/load.ts',
      'config/schema.ts',
      'config/locales',
      'src/model',
      'src/ports',
      'src/markdown',
      'src/core',
      'src/db',
      'src/queue',
      'src/metrics',
      'src/tracing',
      'src/web',
      'src/backup',
      'src/simulator',
      'adapters/registry.ts',
      'workers',
      'workers/reply',
      'workers/read-files',
      'workers/run-code',
      'workers/tools',
      'workers/transcribe',
    ],
  },
  'adapters/registry.ts': {
    imports: ['src/ports', 'adapters/slack', 'adapters/discord', 'adapters/telegram', 'adapters/matrix'],
  },
  'adapters/slack': ADAPTER,
  'adapters/discord': ADAPTER,
  'adapters/telegram': ADAPTER,
  'adapters/matrix': ADAPTER,
  workers: { imports: ['src/model', 'src/ports', 'src/core'], types: ['config/schema.ts'] },
  'workers/reply': { ...WORKER, imports: [...WORKER.imports, 'workers/tools'] },
  'workers/tools': WORKER,
  'workers/run-code': WORKER,
  'workers/transcribe': WORKER,
  'workers/read-files': WORKER,
}

/** Where each library may be imported; tests may import any. A library not named here has no room yet. */
export const LIBRARY_ROOMS: Readonly<Record<string, readonly string[] | 'everywhere'>> = {
  zod: 'everywhere',
  'intl-messageformat': ['src/core'],
  'mdast-util-from-markdown': ['src/markdown'],
  'mdast-util-gfm': ['src/markdown'],
  'micromark-extension-gfm': ['src/markdown'],
  mdast: ['src/markdown'],
  'drizzle-orm': ['src/db'],
  'drizzle-kit': ['config'],
  pg: ['src/db', 'src/queue', 'src/backup', 'src/entry/rotate-key.ts'],
  'pg-copy-streams': ['src/backup'],
  uuid: ['src/db'],
  bullmq: ['src/queue'],
  ioredis: ['src/queue'],
  fastify: ['src/web'],
  'fastify-type-provider-zod': ['src/web'],
  '@fastify/*': ['src/web'],
  ghtml: ['src/web'],
  jose: ['src/web'],
  uqr: ['src/web'],
  yaml: ['src/entry'],
  '@node-rs/argon2': ['src/web'],
  pino: ['src/entry'],
  'prom-client': ['src/metrics'],
  aws4fetch: ['src/backup'],
  ssh2: ['src/backup'],
  '@slack/*': ['adapters/slack'],
  'discord.js': ['adapters/discord'],
  grammy: ['adapters/telegram'],
  'matrix-bot-sdk': ['adapters/matrix'],
  openai: ['workers/reply'],
  undici: ['workers/reply', 'workers/transcribe', 'adapters/slack'],
  'isolated-vm': ['workers/run-code'],
  acorn: ['workers/run-code'],
  sucrase: ['workers/run-code'],
  pyodide: ['workers/run-code'],
  wasmoon: ['workers/run-code'],
  'sql.js': ['workers/run-code'],
  'fluent-ffmpeg': ['workers/transcribe'],
  '@ffmpeg-installer/ffmpeg': ['workers/transcribe'],
  'file-type': ['workers/transcribe', 'workers/read-files'],
  unpdf: ['workers/read-files'],
  mammoth: ['workers/read-files'],
  'read-excel-file': ['workers/read-files'],
  'html-to-text': ['workers/read-files'],
  'postal-mime': ['workers/read-files'],
  chardet: ['workers/read-files'],
  yauzl: ['workers/read-files'],
  saxes: ['workers/read-files'],
  sharp: ['workers/read-files'],
  ws: ['src/simulator'],
  vitest: ['config'],
}

/** Entries wire and start: whoever else imported one would start a hub of its own. */
export const MAY_IMPORT_ENTRIES: readonly string[] = [
  'src/entry',
  'test/entry',
  'test/journeys',
  'test/support',
]

export const MAY_READ_ENVIRONMENT: readonly string[] = [
  'config/load.ts',
  // Tries to see in it what a stranger's program must not.
  'workers/run-code/child/break-out.ts',
  // Runs before anything is installed.
  'src/launcher',
  'test/support/services.ts',
]

/** Rooms that branch on capabilities and never know which platform they serve. */
export const WITHOUT_PLATFORM_NAMES: readonly string[] = [
  'src/backup',
  'src/core',
  'src/db',
  'src/markdown',
  'src/metrics',
  'src/model',
  'src/ports',
  'src/queue',
  'workers',
]

export const PLATFORM_NAMES: ReadonlySet<string> = new Set(['slack', 'discord', 'telegram', 'matrix'])

/** Words that only sound like a platform. */
export const NOT_A_PLATFORM: ReadonlySet<string> = new Set([
  // The leeway that the parent grants beyond the child's own limits.
  'PARENT_SLACK',
])

export const MAX_LINES = 350

/** Besides dot-files and what git ignores. */
export const TOP_LEVEL: ReadonlySet<string> = new Set([
  'src',
  'adapters',
  'workers',
  'migrations',
  'config',
  'test',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'docker-compose.yml',
  'ecosystem.config.cjs',
  'README.md',
  'Dockerfile',
  'LICENSE',
])

export function isWithin(path: string, room: string): boolean {
  return path === room || path.startsWith(`${room}/`)
}

export function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS)
    .filter((room) => isWithin(path, room))
    .sort((a, b) => b.length - a.length)[0]
}

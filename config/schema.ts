import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'

const wholeNumber = (least: number, most: number) => {
  const words = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d+$/, words)
    .transform(Number)
    .pipe(z.number().min(least, words).max(most, words))
}
const port = wholeNumber(0, 65_535)
const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .refine(
    (value) => !URL.canParse(value) || new URL(value).username === '',
    'must hold no user name or password',
  )
  .transform((value) => value.replace(/\/+$/, ''))
const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
const redisUrl = z.string().regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
const secret = z.string().min(1, 'must not be empty')

const ROLE_NAMES = ['gateway', 'worker', 'web'] as const
export type Role = (typeof ROLE_NAMES)[number]

const roles = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(
    z
      .array(z.enum(['all', ...ROLE_NAMES], { error: 'must be all, or a list of gateway, worker, web' }))
      .min(1),
  )
  .transform((list): readonly Role[] =>
    list.includes('all') ? ROLE_NAMES : list.filter((role) => role !== 'all'),
  )

const keepRule = z
  .string()
  .regex(
    /^\s*daily\s+\d{1,3}\s*,\s*weekly\s+\d{1,3}\s*,\s*monthly\s+\d{1,3}\s*$/,
    'must look like: daily 7, weekly 4, monthly 3',
  )
  .transform((value) => {
    const [daily = 0, weekly = 0, monthly = 0] = (value.match(/\d+/g) ?? []).map(Number)
    return { daily, weekly, monthly }
  })

const LISTED_SERVER = /^([^=|\s]{1,100})=(https?:\/\/[^|\s]+?)\/*(?:\|(\S+))?$/

const serverList = z.string().transform((value, context) =>
  value
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((part) => {
      const [, name, baseUrl, apiKey] = LISTED_SERVER.exec(part) ?? []
      if (name === undefined || baseUrl === undefined || !URL.canParse(baseUrl)) {
        context.issues.push({
          code: 'custom',
          input: undefined,
          message: 'must look like: name=http://host:8000/v1, other=https://host/v1|key',
        })
        return z.NEVER
      }
      return { name, baseUrl, ...(apiKey === undefined ? {} : { apiKey }) }
    }),
)

const remotePlace = z.string().transform((value, context) => {
  const s3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w.-]+)*)\/?$/.exec(value)
  if (s3) return { kind: 's3', bucket: s3[1] ?? '', prefix: (s3[2] ?? '').slice(1) } as const
  const sftp = /^sftp:\/\/([^\s:@/]+)@([\w.-]+)(?::(\d{1,5}))?((?:\/[^\s/]+)+)\/?$/.exec(value)
  if (sftp) {
    const [, user = '', host = '', port = '22', directory = ''] = sftp
    return { kind: 'sftp', user, host, port: Number(port), directory } as const
  }
  context.addIssue('must look like s3://bucket/prefix or sftp://user@host:22/directory, without a password')
  return z.NEVER
})

/** Every environment variable the hub knows, one section per room. */
export const environmentSchema = z.object({
  PORT: port.default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: url.optional(),
  METRICS_PORT: port.optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  TRUST_PROXY: z
    .union([
      wholeNumber(1, 10),
      z
        .string()
        .regex(
          /^\s*[\da-fA-F.:]+(\/\d{1,3})?(\s*,\s*[\da-fA-F.:]+(\/\d{1,3})?)*\s*$/,
          'must be how many proxies stand in front, or their addresses separated by commas',
        ),
    ])
    .optional(),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .transform((path) => (isAbsolute(path) ? path : resolve(path))),
  DATABASE_URL: databaseUrl.optional(),
  REDIS_URL: redisUrl.optional(),
  SECRET_KEY: z.string().trim().min(32, 'must have at least 32 characters').optional(),
  NEW_SECRET_KEY: z.string().trim().min(32, 'must have at least 32 characters').optional(),
  ROLES: roles.default(ROLE_NAMES),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ADMIN_EMAIL: z.email('must be an e-mail address').optional(),
  ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional(),
  SIMULATOR: z.enum(['auto', 'on', 'off']).default('auto'),

  SLACK_BOT_TOKEN: z
    .string()
    .regex(
      /^\s*xoxb-[^\s,]+(\s*,\s*xoxb-[^\s,]+)*\s*$/,
      'must begin with xoxb-; the tokens of several workspaces are separated by commas',
    )
    .optional(),
  SLACK_APP_TOKEN: z.string().startsWith('xapp-', 'must begin with xapp-').optional(),
  SLACK_SIGNING_SECRET: secret.optional(),
  SLACK_CLIENT_ID: secret.optional(),
  SLACK_CLIENT_SECRET: secret.optional(),
  SLACK_API_URL: url.optional(),
  DISCORD_TOKEN: secret.optional(),
  DISCORD_APPLICATION_ID: z
    .string()
    .regex(/^\d{17,20}$/, 'must be a number of 17 to 20 digits')
    .optional(),
  DISCORD_API_URL: url.optional(),
  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]+$/, 'must look like 123456:ABC…')
    .optional(),
  TELEGRAM_API_ROOT: url.optional(),
  TELEGRAM_WEBHOOK_SECRET: z
    .string()
    .regex(/^[\w-]{1,256}$/, 'may hold only letters, digits, _ and -, at most 256')
    .optional(),
  MATRIX_HOMESERVER_URL: url.optional(),
  MATRIX_ACCESS_TOKEN: secret.optional(),
  MATRIX_USER: secret.optional(),
  MATRIX_PASSWORD: secret.optional(),

  LLM_BASE_URL: url.optional(),
  LLM_API_KEY: secret.optional(),
  LLM_MODEL: secret.optional(),
  LLM_SERVERS: serverList.optional(),
  CHAT_MODELS: z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    )
    .optional(),
  MAX_OUTPUT_TOKENS: wholeNumber(1, 10_000_000).optional(),
  LLM_FIRST_TOKEN_MS: wholeNumber(100, 3_600_000).default(120_000),
  LLM_BETWEEN_TOKENS_MS: wholeNumber(100, 3_600_000).default(60_000),
  WHISPER_BASE_URL: url.optional(),
  WHISPER_API_KEY: secret.optional(),
  WHISPER_MODEL: secret.optional(),
  FFMPEG_PATH: z.string().min(1).optional(),
  CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be a currency code such as EUR')
    .default('USD'),

  DRAIN_TIMEOUT_MS: wholeNumber(0, 600_000).default(20_000),
  SANDBOX: z.enum(['auto', 'strong', 'namespaces', 'none']).default('auto'),
  MAX_BACKLOG: wholeNumber(1, 100_000).default(5_000),
  MAX_WORKSPACE_BACKLOG: wholeNumber(1, 100_000).default(1_000),
  MAX_CONVERSATION_BACKLOG: wholeNumber(1, 100_000).default(100),
  REPLY_CONCURRENCY: wholeNumber(1, 1000).default(32),
  RUN_CONCURRENCY: wholeNumber(1, 64).default(2),
  TRANSCRIBE_CONCURRENCY: wholeNumber(1, 64).default(2),

  BACKUP_DIR: z
    .string()
    .min(1)
    .transform((path) => (isAbsolute(path) ? path : resolve(path)))
    .optional(),
  BACKUP_KEY: z.string().min(16, 'must have at least 16 characters').optional(),
  BACKUP_KEEP: keepRule.default({ daily: 7, weekly: 4, monthly: 3 }),
  BACKUP_HOUR: z
    .union([z.literal('off'), wholeNumber(0, 23)], 'must be an hour from 0 to 23, or off')
    .default(3),
  BACKUP_REMOTE: remotePlace.optional(),
  BACKUP_S3_ENDPOINT: url.optional(),
  BACKUP_S3_REGION: z.string().min(1).default('us-east-1'),
  BACKUP_S3_ACCESS_KEY: secret.optional(),
  BACKUP_S3_SECRET_KEY: secret.optional(),
  BACKUP_SFTP_HOST_KEY: z
    .string()
    .regex(/^SHA256:[\w+/]{43}=?$/, 'must look like SHA256:…, as ssh-keygen -l prints it')
    .optional(),
  BACKUP_SFTP_PASSWORD: secret.optional(),
  BACKUP_SFTP_KEY_FILE: z.string().min(1).optional(),
})

export type Environment = Readonly<z.infer<typeof environmentSchema>>

interface Requirement {
  readonly name: keyof Environment
  readonly needs: readonly (keyof Environment)[]
}

/** Names that only make sense together: `name` needs one of `needs`. */
export const REQUIREMENTS: readonly Requirement[] = [
  { name: 'SLACK_BOT_TOKEN', needs: ['SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'] },
  { name: 'SLACK_APP_TOKEN', needs: ['SLACK_BOT_TOKEN', 'SLACK_CLIENT_ID'] },
  { name: 'SLACK_CLIENT_ID', needs: ['SLACK_CLIENT_SECRET'] },
  { name: 'SLACK_SIGNING_SECRET', needs: ['SLACK_BOT_TOKEN', 'SLACK_CLIENT_ID'] },
  { name: 'SLACK_CLIENT_SECRET', needs: ['SLACK_CLIENT_ID'] },
  { name: 'DISCORD_APPLICATION_ID', needs: ['DISCORD_TOKEN'] },
  { name: 'TELEGRAM_WEBHOOK_SECRET', needs: ['TELEGRAM_BOT_TOKEN'] },
  { name: 'TELEGRAM_WEBHOOK_SECRET', needs: ['PUBLIC_URL'] },
  { name: 'MATRIX_ACCESS_TOKEN', needs: ['MATRIX_HOMESERVER_URL'] },
  { name: 'MATRIX_USER', needs: ['MATRIX_PASSWORD'] },
  { name: 'MATRIX_PASSWORD', needs: ['MATRIX_USER'] },
  { name: 'MATRIX_HOMESERVER_URL', needs: ['MATRIX_ACCESS_TOKEN', 'MATRIX_USER'] },
  { name: 'NEW_SECRET_KEY', needs: ['SECRET_KEY'] },
  { name: 'BACKUP_REMOTE', needs: ['BACKUP_S3_SECRET_KEY', 'BACKUP_SFTP_PASSWORD', 'BACKUP_SFTP_KEY_FILE'] },
  { name: 'BACKUP_S3_SECRET_KEY', needs: ['BACKUP_S3_ACCESS_KEY'] },
  { name: 'BACKUP_S3_ACCESS_KEY', needs: ['BACKUP_S3_SECRET_KEY'] },
  { name: 'BACKUP_SFTP_PASSWORD', needs: ['BACKUP_SFTP_HOST_KEY'] },
  { name: 'BACKUP_SFTP_KEY_FILE', needs: ['BACKUP_SFTP_HOST_KEY'] },
  { name: 'ADMIN_EMAIL', needs: ['ADMIN_PASSWORD'] },
  { name: 'ADMIN_PASSWORD', needs: ['ADMIN_EMAIL'] },
]

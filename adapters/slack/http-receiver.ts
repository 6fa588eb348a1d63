import { createHmac, timingSafeEqual } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { App, Receiver } from '@slack/bolt'
import type { Logger } from '../../src/ports/logger.ts'
import type { HttpAnswer, HttpRequest } from '../../src/ports/receiver.ts'
import { type Delivery, deliver, parseObject } from './delivery.ts'

/** Slack gives up after three seconds; what is late is refused and comes again, and is then a duplicate. */
const ANSWER_LIMIT_MS = 2_700
const MAX_AGE_SECONDS = 5 * 60
const DRAIN_LIMIT_MS = 2_000
const MAX_UNDER_WAY = 1_000

/** Bolt's receiver for Slack's HTTP deliveries: answers after the event is committed. */
export class HttpReceiver implements Receiver {
  readonly #signingSecret: string
  readonly #log: Logger
  readonly #underWay = new Set<Promise<unknown>>()
  #app: App | undefined
  #open = false

  constructor(options: { readonly signingSecret: string; readonly log: Logger }) {
    this.#signingSecret = options.signingSecret
    this.#log = options.log
  }

  init(app: App): void {
    this.#app = app
  }

  start(): Promise<void> {
    this.#open = true
    return Promise.resolve()
  }

  /** Refuses what comes from now on, and lets what is under way finish. */
  async stop(): Promise<void> {
    this.#open = false
    await Promise.race([Promise.allSettled(this.#underWay), delay(DRAIN_LIMIT_MS, undefined, { ref: false })])
  }

  async handle(request: HttpRequest): Promise<HttpAnswer> {
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' } }
    if (!isSigned(request, this.#signingSecret)) return { status: 401 }
    const body = readBody(request)
    if (!body) return { status: 400 }
    if (body.type === 'url_verification' && typeof body.challenge === 'string') {
      return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: body.challenge }
    }
    // Slack checks an address's certificate with a command of this sort.
    if (body.ssl_check !== undefined) return { status: 200 }
    if (!this.#open || this.#underWay.size >= MAX_UNDER_WAY) return { status: 503 }
    return await this.#take(body, request.headers)
  }

  async #take(body: Record<string, unknown>, headers: HttpRequest['headers']): Promise<HttpAnswer> {
    const answered = Promise.withResolvers<HttpAnswer>()
    const retryNum = Number(headers['x-slack-retry-num'])
    const delivery: Delivery = {
      body,
      retryNum: Number.isInteger(retryNum) ? retryNum : undefined,
      retryReason: headers['x-slack-retry-reason'],
      acknowledge: async (response) => answered.resolve(response ? json(response) : { status: 200 }),
    }
    const work: Promise<void> = deliver(this.#app, delivery, this.#log)
      .then((outcome) => {
        if (outcome === 'refused') answered.resolve({ status: 503 })
      })
      .finally(() => this.#underWay.delete(work))
    this.#underWay.add(work)
    const late = setTimeout(() => answered.resolve({ status: 503 }), ANSWER_LIMIT_MS)
    try {
      return await answered.promise
    } finally {
      clearTimeout(late)
    }
  }
}

/** `v0=` and the HMAC-SHA256 of `v0:<timestamp>:<raw body>`, at most five minutes old. */
function isSigned({ headers, rawBody }: HttpRequest, secret: string): boolean {
  const timestamp = headers['x-slack-request-timestamp'] ?? ''
  if (!/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > MAX_AGE_SECONDS) return false
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest('hex')
  const [given, wanted] = [Buffer.from(headers['x-slack-signature'] ?? ''), Buffer.from(`v0=${digest}`)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** Events are JSON, commands are forms, interactions are forms with JSON in `payload`. */
function readBody({ headers, rawBody }: HttpRequest): Record<string, unknown> | undefined {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  const text = rawBody.toString('utf8')
  if (type === 'application/json') return parseObject(text)
  if (type !== 'application/x-www-form-urlencoded') return undefined
  const form = new URLSearchParams(text)
  const payload = form.get('payload')
  return payload === null ? Object.fromEntries(form) : parseObject(payload)
}

function json(body: Record<string, unknown>): HttpAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

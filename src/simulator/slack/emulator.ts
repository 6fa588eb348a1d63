import type { WireRequest } from '../faults.ts'
import { startWireServer, type WireAnswer } from '../wire-server.ts'
import type { Backstage } from './api/call.ts'
import { chatMethods } from './api/chat.ts'
import { conversationMethods, openDirect } from './api/conversations.ts'
import { directoryMethods } from './api/directory.ts'
import { fileMethods } from './api/files.ts'
import { sessionMethods } from './api/sessions.ts'
import { streamMethods } from './api/streams.ts'
import { viewMethods } from './api/views.ts'
import { background, createDeliveryDesk, type Delivery } from './delivery.ts'
import { createEcho } from './echo.ts'
import { createHttpEvents, type HttpEventsOptions, verifyRequestUrl } from './http-events.ts'
import { stableDigits, stableHex, stableId } from './identity.ts'
import { createInteractions } from './interactions.ts'
import type { SlackMessage } from './model.ts'
import { createOAuth } from './oauth.ts'
import { createPersonSide } from './person-side.ts'
import { createRateLimits } from './rate-limits.ts'
import { createResponseUrls } from './response-urls.ts'
import { createSocketMode } from './socket-mode.ts'
import type { SlackEmulator, SlackEmulatorOptions } from './surface.ts'
import { createTriggers } from './triggers.ts'
import { createUploads, servePrivateFile } from './uploads.ts'
import { until } from './waiting.ts'
import { createWebApi } from './web-api.ts'
import { createWorld, freshBotToken } from './world.ts'

/** Slack on loopback: Web API, Socket Mode, HTTP events, and the people who use it. */
export async function startSlackEmulator(options: SlackEmulatorOptions = {}): Promise<SlackEmulator> {
  const appId = stableId('A', 'brainall')
  const clientId = options.clientId ?? `${stableDigits(12, 'client')}.${stableDigits(13, 'brainall')}`
  const clientSecret = options.clientSecret ?? stableHex(32, 'client secret')
  const signingSecret = options.signingSecret ?? stableHex(32, 'signing secret')
  const appToken = `xapp-1-${appId}-${stableDigits(13, 'app')}-${stableHex(64, 'app token')}`
  const now = options.now ?? Date.now
  const ackTimeoutMs = options.ackTimeoutMs ?? 3000

  const world = createWorld({
    appId,
    now,
    messagesPerChannel: options.messagesPerChannel ?? 20_000,
    streamLifeMs: options.streamLifeMs ?? 300_000,
  })
  const desk = createDeliveryDesk({ world, retryDelaysMs: options.retryDelaysMs ?? [0, 60_000, 300_000] })
  let url = ''
  const baseUrl = (): string => url
  const backstage: Backstage = { world, desk, baseUrl, echo: createEcho(world, desk, baseUrl) }
  const sockets = createSocketMode({
    appId,
    ackTimeoutMs,
    pingIntervalMs: options.pingIntervalMs ?? 10_000,
    onChange: () => world.changed({ kind: 'delivery', id: 'sockets' }),
  })
  desk.use(sockets)
  const triggers = createTriggers(now)
  const responseUrls = createResponseUrls(backstage)
  const uploads = createUploads()
  const oauth = createOAuth(world, { clientId, clientSecret, tokenRotation: options.tokenRotation ?? false })
  const webApi = createWebApi({
    backstage,
    appToken,
    oauth,
    rateLimits: options.rateLimits ? createRateLimits(now) : undefined,
    openConnection: () => `${url.replace('http', 'ws')}${sockets.issueTicket()}`,
    handlers: {
      ...chatMethods,
      ...conversationMethods,
      ...directoryMethods,
      ...fileMethods(uploads),
      ...sessionMethods,
      ...streamMethods(options.streamTextLimit ?? 12_000),
      ...viewMethods(triggers),
    },
  })

  const route = (request: WireRequest): WireAnswer | Promise<WireAnswer> => {
    if (request.path.startsWith('/api/')) return webApi(request)
    if (request.path.startsWith('/upload/')) return uploads.receive(request)
    if (request.path.startsWith('/files-pri/')) return servePrivateFile(world, request)
    if (/^\/(commands|actions)\//.test(request.path)) return responseUrls.receive(request)
    if (request.path.startsWith('/oauth/v2/authorize')) return oauth.authorize(request)
    return { status: 404, body: 'not found' }
  }

  for (const setup of options.teams ?? [{ name: 'Acme' }]) world.addTeam(setup)
  const [firstTeam] = world.teams.values()
  if (!firstTeam) throw new Error('the emulator needs at least one team')

  const server = await startWireServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    handle: route,
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
  })
  url = server.url
  const expiry = setInterval(() => world.expire(), 1000)
  expiry.unref()

  const visible: SlackEmulator['messages'] = (channel, { threadTs, viewer } = {}) => {
    world.expire()
    return [...channel.messages.values()].filter(
      (message) =>
        message.deletedAt === undefined &&
        (threadTs === undefined || message.ts === threadTs || message.threadTs === threadTs) &&
        (message.ephemeralFor === undefined || message.ephemeralFor === viewer?.id),
    )
  }
  const wait: SlackEmulator['until'] = (read, waitOptions) => until(read, world.onChange, waitOptions)

  return {
    ...createPersonSide(backstage, (team, personId) => openDirect({ world, team }, [personId]).channel),
    ...createInteractions(backstage, { triggers, responseUrls }),
    url,
    apiUrl: `${url}/api/`,
    authorizationUrl: `${url}/oauth/v2/authorize`,
    appId,
    appToken,
    signingSecret,
    clientId,
    clientSecret,
    teams: world.teams,
    team: firstTeam,
    faults: server.faults,
    onRequest: server.onRequest,
    onChange: world.onChange,
    addTeam: world.addTeam,
    addPerson: ({ team = firstTeam, ...person }) => world.addPerson(team, person),
    addChannel({ name, kind = 'public', members, bot = true, id, team = firstTeam }) {
      const ids = members.map((member) => member.id)
      return world.addChannel(team, {
        name,
        kind,
        members: bot ? [...ids, team.botUserId] : ids,
        ...(id === undefined ? {} : { id }),
      })
    },
    messages: visible,
    get views() {
      return [...world.teams.values()].flatMap(({ modals }) => modals)
    },
    async deliverTo(target) {
      if (target.kind === 'socket') return desk.use(sockets)
      const http: HttpEventsOptions = { url: target.url, signingSecret, ackTimeoutMs, now }
      await verifyRequestUrl(http)
      desk.use(createHttpEvents(http))
    },
    deliveries: desk.log,
    shapeDeliveries: desk.shape,
    redeliver(what) {
      const chosen = 'payload' in what ? [what] : desk.log.filter((delivery) => concerns(delivery, what))
      if (chosen.length === 0) throw new Error('nothing was delivered for this message')
      return Promise.all(chosen.map((delivery) => desk.redeliver(delivery)))
    },
    sockets,
    consent: oauth.consent,
    rotateToken(team) {
      team.botToken = freshBotToken(team.id, world.nextTs())
      world.changed({ kind: 'team', teamId: team.id })
      return team.botToken
    },
    uninstall(team) {
      background(
        desk.event(team, { type: 'tokens_revoked', tokens: { oauth: [], bot: [team.botUserId] } }).settled,
      )
      background(desk.event(team, { type: 'app_uninstalled' }).settled)
      team.installation = 'account_inactive'
      world.changed({ kind: 'team', teamId: team.id })
    },
    until: wait,
    messageWhere: (channel, fits, waitOptions) =>
      wait(
        () =>
          [...channel.messages.values()].find((message) => message.deletedAt === undefined && fits(message)),
        {
          what: `a fitting message in ${channel.name}`,
          ...waitOptions,
        },
      ),
    async close() {
      clearInterval(expiry)
      await desk.close()
      await sockets.close()
      await server.close()
    },
  }
}

function concerns(delivery: Delivery, message: SlackMessage): boolean {
  const event = delivery.payload.event
  if (typeof event !== 'object' || event === null) return false
  const { channel, ts }: { channel?: unknown; ts?: unknown } = event
  return channel === message.channelId && ts === message.ts
}

import { HubError } from '../../src/model/errors.ts'
import type { InboundEvent } from '../../src/model/inbound.ts'
import type { ReceiverContext } from '../../src/ports/receiver.ts'
import { createChannelOrder } from './channel-order.ts'
import {
  decode,
  type EventBody,
  filesToAsk,
  parseEvent,
  type Subject,
  saidToSeveral,
  subjectOf,
  teamOfEvent,
  wantedNames,
} from './decode.ts'
import {
  type CommandBody,
  commandCall,
  decodeCommand,
  decodePress,
  decodeSessionStop,
  decodeShortcut,
  decodeSubmission,
  parseCommand,
  parsePress,
  parseSessionStop,
  parseShortcut,
  parseSubmission,
  teamOfPress,
  teamOfSubmission,
} from './decode-interaction.ts'
import type { Delivery } from './delivery.ts'
import type { Found } from './directory.ts'
import { askedFiles, readQuoted, readThreadStart } from './quoted.ts'
import { canRespond, respond } from './response-url.ts'
import { modalLanguage, runModal } from './run-modal.ts'
import { isDirect, responseUntil, type SlackTarget, targetSchema } from './target.ts'
import type { Team, Teams } from './teams.ts'

type Acknowledge = Delivery['acknowledge']

/** Each takes one raw body; what is not for the hub is left to be acknowledged by whoever called. */
export interface Intake {
  event(body: unknown, acknowledge: Acknowledge): Promise<void>
  command(body: unknown, acknowledge: Acknowledge): Promise<void>
  press(body: unknown, acknowledge: Acknowledge): Promise<void>
  shortcut(body: unknown, acknowledge: Acknowledge): Promise<void>
  submission(body: unknown, acknowledge: Acknowledge): Promise<void>
  sessionStop(body: unknown, acknowledge: Acknowledge): Promise<void>
}

/** Of the three seconds that a trigger lives, names may have taken one. */
const OPEN_MODAL_LIMIT_MS = 1_700
const TELL_LIMIT_MS = 5_000
/** Whether a message may be a command to run code: only for these the thread's beginning is read. */
const RUNS = /[!/]run\b/i

export function createIntake(parts: {
  readonly context: ReceiverContext
  readonly teams: Teams
  readonly apiUrl: string
}): Intake {
  const { context, teams, apiUrl } = parts
  const { ingest, log } = context
  const inOrder = createChannelOrder()

  const take = (
    channel: string,
    acknowledge: Acknowledge,
    decoded: () => Promise<InboundEvent | undefined>,
  ): Promise<void> =>
    inOrder(channel, async (passOn) => {
      const event = await decoded()
      if (!event) return
      await ingest(event, async (outcome) => {
        passOn()
        await acknowledge()
        if (event.kind === 'action' && 'tell' in outcome && outcome.tell !== undefined)
          await tell(targetSchema.parse(event.target), outcome.tell)
      })
    })

  /** For the eyes of whoever pressed a button; Slack lets it vanish by itself. */
  const tell = async (target: SlackTarget, text: string): Promise<void> => {
    if (!canRespond(target, apiUrl)) return
    const message = { response_type: 'ephemeral', replace_original: false, text }
    await respond(target, message, apiUrl, AbortSignal.timeout(TELL_LIMIT_MS))
  }

  const namesAround = ({ directory }: Team, channel: string, user: string): Promise<Found> =>
    directory.find({ people: [user], channels: isDirect(channel) ? [] : [channel] })

  /** Of a command to run code that stands in a thread: what the thread begins with. */
  const startOfThread = async ({ directory, self }: Team, event: EventBody['event'], subject: Subject) => {
    const { thread_ts: threadTs, ts, text } = event
    if (subject.kind !== 'message' || !threadTs || threadTs === ts || !RUNS.test(text ?? '')) return undefined
    return await readThreadStart(directory, { channel: event.channel, threadTs }, self.teamId)
  }

  /** Whether the person now sees the form. */
  const openRunModal = async ({ call }: Team, body: CommandBody, found: Found): Promise<boolean> => {
    const { command, argument } = commandCall(body)
    const language = command === 'run' ? modalLanguage(argument) : undefined
    if (language === undefined) return false
    const origin = {
      channel: body.channel_id,
      ...(body.channel_name === undefined ? {} : { channelName: body.channel_name }),
      ...(body.response_url === undefined
        ? {}
        : { responseUrl: body.response_url, responseUntil: responseUntil() }),
    }
    const spoken = found.details(body.user_id)?.language
    const view = runModal(origin, language, (sentence) => context.say(sentence, spoken))
    const limit = AbortSignal.timeout(OPEN_MODAL_LIMIT_MS)
    try {
      await call('views.open', limit, (client) => client.views.open({ trigger_id: body.trigger_id, view }))
      return true
    } catch (error) {
      if (!(error instanceof HubError)) throw error
      log.warn({ code: error.code, err: error }, 'the form for code could not be opened')
      return false
    }
  }

  return {
    async event(raw, acknowledge) {
      const body = parseEvent(raw)
      const team = body && (teams.mentionedIn(saidToSeveral(body)) ?? teams.of(teamOfEvent(raw)))
      const subject = team && subjectOf(body, team.self)
      if (!subject) return
      await take(body.event.channel, acknowledge, async () => {
        const [found, files, quoted] = await Promise.all([
          team.directory.find(wantedNames(body, subject)),
          askedFiles(team.directory, filesToAsk(subject)),
          startOfThread(team, body.event, subject),
        ])
        return decode(body, subject, team.self, found, { files, quoted })
      })
    },

    async command(raw, acknowledge) {
      const body = parseCommand(raw)
      const team = body && teams.of(body.team_id)
      if (!team) return
      const found = await namesAround(team, body.channel_id, body.user_id)
      if (await openRunModal(team, body, found)) return
      await take(body.channel_id, acknowledge, async () => decodeCommand(body, team.self, found))
    },

    async press(raw, acknowledge) {
      const body = parsePress(raw)
      const team = body && teams.of(teamOfPress(body))
      if (!team) return
      await take(body.channel.id, acknowledge, async () =>
        decodePress(body, team.self, await namesAround(team, body.channel.id, body.user.id)),
      )
    },

    async shortcut(raw, acknowledge) {
      const body = parseShortcut(raw)
      const team = body && teams.of(teamOfPress(body))
      if (!team) return
      await take(body.channel.id, acknowledge, async () => {
        const [found, quoted] = await Promise.all([
          namesAround(team, body.channel.id, body.user.id),
          readQuoted(body.message, team.directory, team.self.teamId),
        ])
        return decodeShortcut(body, team.self, found, quoted)
      })
    },

    async sessionStop(raw, acknowledge) {
      const body = parseSessionStop(raw)
      const team = body && teams.of(teamOfEvent(raw))
      if (!team) return
      const { channel, user } = body.event
      await take(channel, acknowledge, async () =>
        decodeSessionStop(body, team.self, await namesAround(team, channel, user)),
      )
    },

    async submission(raw, acknowledge) {
      const body = parseSubmission(raw)
      const team = body && teams.of(teamOfSubmission(body))
      if (!team) return
      const found = await namesAround(team, 'D', body.user.id)
      const event = decodeSubmission(body, team.self, found)
      if (event) await take(event.channel.externalId, acknowledge, async () => event)
    },
  }
}

import type { JsonObject } from './json.ts'

const known = {
  unauthorized: [401, 0, '401: Unauthorized'],
  notFound: [404, 0, '404: Not Found'],
  methodNotAllowed: [405, 0, '405: Method Not Allowed'],
  unknownApplication: [404, 10002, 'Unknown Application'],
  unknownChannel: [404, 10003, 'Unknown Channel'],
  unknownGuild: [404, 10004, 'Unknown Guild'],
  unknownMember: [404, 10007, 'Unknown Member'],
  unknownMessage: [404, 10008, 'Unknown Message'],
  unknownUser: [404, 10013, 'Unknown User'],
  unknownEmoji: [400, 10014, 'Unknown Emoji'],
  unknownWebhook: [404, 10015, 'Unknown Webhook'],
  unknownInteraction: [404, 10062, 'Unknown interaction'],
  unknownCommand: [404, 10063, 'Unknown application command'],
  tooManyReactions: [400, 30010, 'Maximum number of reactions reached (20)'],
  tooManyCommands: [400, 30032, 'Maximum number of application commands reached (100)'],
  tooManyCommandCreates: [
    400,
    30034,
    'Max number of daily application command creates has been reached (200)',
  ],
  entityTooLarge: [413, 40005, 'Request entity too large'],
  alreadyAcknowledged: [400, 40060, 'Interaction has already been acknowledged.'],
  threadExists: [400, 160004, 'A thread has already been created for this message'],
  missingAccess: [403, 50001, 'Missing Access'],
  notInDirectMessages: [403, 50003, 'Cannot execute action on a DM channel'],
  notTheAuthor: [403, 50005, 'Cannot edit a message authored by another user'],
  emptyMessage: [400, 50006, 'Cannot send an empty message'],
  cannotMessageUser: [403, 50007, 'Cannot send messages to this user'],
  missingPermissions: [403, 50013, 'Missing Permissions'],
  wrongChannelType: [400, 50024, 'Cannot execute action on this channel type'],
  invalidWebhookToken: [401, 50027, 'Invalid Webhook Token'],
  threadArchived: [400, 50083, 'Thread is archived'],
  invalidJson: [400, 50109, 'The request body contains invalid JSON.'],
} as const satisfies Record<string, readonly [number, number, string]>

/** An answer of Discord's own error shape: `{message, code, errors?}`. */
export class ApiError extends Error {
  readonly status: number
  readonly code: number
  readonly errors: JsonObject | undefined

  constructor(status: number, code: number, message: string, errors?: JsonObject) {
    super(message)
    this.status = status
    this.code = code
    this.errors = errors
  }
}

export function refuse(name: keyof typeof known): ApiError {
  const [status, code, message] = known[name]
  return new ApiError(status, code, message)
}

export interface FormProblem {
  readonly path: readonly (string | number)[]
  readonly code: string
  readonly message: string
}

/** 50035, with each problem nested below the property it concerns. */
export function invalidForm(problems: readonly FormProblem[]): ApiError {
  const root: Branch = {}
  for (const { path, code, message } of problems) {
    let branch = root
    for (const key of path) branch = descend(branch, String(key))
    const errors = branch._errors
    const problem = { code, message }
    if (Array.isArray(errors)) errors.push(problem)
    else branch._errors = [problem]
  }
  return new ApiError(400, 50035, 'Invalid Form Body', root as JsonObject)
}

interface Branch {
  [key: string]: Branch | { code: string; message: string }[]
}

function descend(branch: Branch, key: string): Branch {
  const next = branch[key]
  if (next !== undefined && !Array.isArray(next)) return next
  const made: Branch = {}
  branch[key] = made
  return made
}

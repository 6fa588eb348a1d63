import type { WireAnswer } from '../wire-server.ts'
import type { JsonObject } from './json.ts'

/** A request the homeserver refuses, as the standard error body shows it. */
export class MatrixRefusal extends Error {
  readonly status: number
  readonly errcode: string
  readonly fields: JsonObject
  readonly headers: Record<string, string>

  constructor(
    status: number,
    errcode: string,
    message: string,
    extra: { fields?: JsonObject; headers?: Record<string, string> } = {},
  ) {
    super(message)
    this.name = 'MatrixRefusal'
    this.status = status
    this.errcode = errcode
    this.fields = extra.fields ?? {}
    this.headers = extra.headers ?? {}
  }

  toAnswer(): WireAnswer {
    return {
      status: this.status,
      headers: this.headers,
      body: { errcode: this.errcode, error: this.message, ...this.fields },
    }
  }
}

export function badJson(message: string): MatrixRefusal {
  return new MatrixRefusal(400, 'M_BAD_JSON', message)
}

export function invalidParam(message: string): MatrixRefusal {
  return new MatrixRefusal(400, 'M_INVALID_PARAM', message)
}

export function forbidden(message: string): MatrixRefusal {
  return new MatrixRefusal(403, 'M_FORBIDDEN', message)
}

export function notFound(message: string): MatrixRefusal {
  return new MatrixRefusal(404, 'M_NOT_FOUND', message)
}

import type { AskedCall } from '../../src/ports/tool-calls.ts'

/** A piece of a call, as a stream carries it. */
export interface CallPiece {
  readonly index?: number | null | undefined
  readonly id?: string | null | undefined
  readonly function?:
    | { readonly name?: string | null | undefined; readonly arguments?: string | null | undefined }
    | null
    | undefined
}

/** Kept of one answer's calls; a model that loops shall not fill the memory. */
const MAX_CALLS = 32
const MAX_ARGUMENTS = 256 * 1024

/** Puts the calls together that a stream brings in pieces: the first has id and name, the others more arguments. */
export function collectCalls() {
  const calls: { id: string; name: string; arguments: string }[] = []
  return {
    /** False: there are too many, or they are too long. */
    add(pieces: readonly CallPiece[]): boolean {
      for (const piece of pieces) {
        // Some servers send each call whole and without an index.
        const index = piece.index ?? calls.length
        if (index > calls.length || index >= MAX_CALLS) return false
        const call = calls[index] ?? { id: '', name: '', arguments: '' }
        calls[index] = call
        call.id ||= piece.id ?? ''
        call.name ||= piece.function?.name ?? ''
        call.arguments += piece.function?.arguments ?? ''
        if (call.arguments.length > MAX_ARGUMENTS) return false
      }
      return true
    },
    /** undefined: there are none. */
    whole(): readonly AskedCall[] | undefined {
      if (calls.length === 0) return undefined
      return calls.map(({ id, name, arguments: given }, index) => ({
        callId: id === '' ? `call_${index}` : id,
        name,
        arguments: given === '' ? '{}' : given,
      }))
    },
  }
}

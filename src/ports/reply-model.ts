import type { ModelAbilities, ServerKind } from '../model/model-abilities.ts'
import type { AskedCall } from './tool-calls.ts'

export interface ModelServer {
  readonly id: string
  readonly name: string
  /** Ends in `/v1`. */
  readonly baseUrl: string
  readonly apiKey?: string
  /** Absent: it was not asked yet, or does not say. */
  readonly kind?: ServerKind
  /** It takes requests by priority. */
  readonly priorities?: boolean
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string
  /** Of a person only, and only for a model that sees. */
  readonly images?: readonly { readonly mimeType: string; readonly data: Buffer }[]
  /** Of an assistant: what it asked for after its words. */
  readonly toolCalls?: readonly AskedCall[]
  /** Of a tool: the call that this is the result of. */
  readonly toolCallId?: string
}

export interface ToolDefinition {
  readonly name: string
  readonly description: string
  /** JSON Schema. */
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface ReplyRequest {
  readonly server: ModelServer
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly temperature?: number
  readonly maxOutputTokens?: number
  /** Text of an interrupted answer: the model goes on from here where the server can, and the stream holds only what comes after. */
  readonly continueFrom?: string
  /** What the model may ask for. */
  readonly tools?: readonly ToolDefinition[]
  /** Who shares the server's prompt cache: nobody else's requests are answered from it, where the server can tell. */
  readonly tenant?: string
  /** Not waited for by a person: where the server knows priorities, it comes after what is. */
  readonly background?: boolean
}

export type ReplyChunk =
  /** Sent once, first, when `continueFrom` was given: whether the server goes on from it or starts over. */
  | { readonly kind: 'continuation'; readonly honoured: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reasoning'; readonly text: string }
  /** Whole, once, before the end. */
  | { readonly kind: 'tool-calls'; readonly calls: readonly AskedCall[] }
  | { readonly kind: 'usage'; readonly promptTokens: number; readonly completionTokens: number }
  | { readonly kind: 'end'; readonly reason: 'stop' | 'length' | 'other' }

export interface ListedModel {
  readonly name: string
  /** Tokens; absent where the server does not say. */
  readonly contextLength?: number
  readonly kind?: ServerKind
  readonly abilities?: ModelAbilities
}

/** What a server says of its own work. */
export interface ServerLoad {
  readonly running: number
  readonly waiting: number
  /** 0 to 1. */
  readonly cacheUse: number
}

/**
 * Replies from an OpenAI-compatible server. No retries inside. Rejects with a HubError: `model_unreachable`,
 * `model_timeout`, `model_overloaded`, `model_out_of_memory`, `model_stream_cut`, `model_garbage` (all `later`), `model_unauthorized`,
 * `model_unknown`, `model_context_overflow`, `model_refused_request` (never). An aborted signal ends the
 * iteration with the signal's reason thrown, never silently.
 */
export interface ReplyModel {
  stream(request: ReplyRequest, signal: AbortSignal): AsyncIterable<ReplyChunk>
  list(server: ModelServer, signal: AbortSignal): Promise<readonly ListedModel[]>
  /** By the server's own tokenizer; undefined: it has none that can be asked. */
  countTokens(
    server: ModelServer,
    model: string,
    messages: readonly ChatMessage[],
    signal: AbortSignal,
  ): Promise<number | undefined>
  /** undefined: it does not say. Rejects where the server says that it is unwell. */
  load(server: ModelServer, signal: AbortSignal): Promise<ServerLoad | undefined>
}

import { z } from 'zod'

/** What serves an OpenAI-compatible API, as far as it can be told. */
export const SERVER_KINDS = ['vllm', 'llamacpp', 'ollama', 'other'] as const
export type ServerKind = (typeof SERVER_KINDS)[number]

/** What a model can do; absent: nobody said. */
export const abilitiesSchema = z.strictObject({
  vision: z.boolean().optional(),
  tools: z.boolean().optional(),
  reasoning: z.boolean().optional(),
  /** Tokens. */
  maxOutputTokens: z.number().int().min(1).max(10_000_000).optional(),
  /** Tokens. */
  contextLength: z.number().int().min(1).max(100_000_000).optional(),
})
export type ModelAbilities = z.infer<typeof abilitiesSchema>

/** What stands behind an alias. Without a server: every one that lists the model. */
export const aliasTargetSchema = z.strictObject({
  model: z.string().trim().min(1).max(200),
  serverId: z.uuid().optional(),
  /** Its share among the targets; 0: only when no other can answer. */
  weight: z.number().min(0).max(1000).default(1),
})
export type AliasTarget = z.infer<typeof aliasTargetSchema>

export interface ModelAlias {
  readonly name: string
  readonly targets: readonly AliasTarget[]
  /** Alias or model asked when none of the targets can answer. */
  readonly fallback: string | undefined
}

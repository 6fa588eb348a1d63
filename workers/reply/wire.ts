import { z } from 'zod'

const text = z.string().nullish()

/** The parts of a chunk that are read. `reasoning` is vLLM's name, `reasoning_content` other servers'. */
export const chunkSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({
            content: text,
            reasoning: text,
            reasoning_content: text,
            tool_calls: z
              .array(
                z.looseObject({
                  index: z.number().int().min(0).nullish(),
                  id: text,
                  function: z.looseObject({ name: text, arguments: text }).nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
        finish_reason: text,
      }),
    )
    .nullish(),
  usage: z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number().nullish() }).nullish(),
})

const tokenCount = z.number().int().positive().nullish().catch(undefined)

export const modelListSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      owned_by: z.string().nullish().catch(undefined),
      max_model_len: tokenCount,
      context_length: tokenCount,
      context_window: tokenCount,
      meta: z.looseObject({ n_ctx_train: tokenCount }).nullish().catch(undefined),
      architecture: z
        .looseObject({ input_modalities: z.array(z.string()).optional() })
        .nullish()
        .catch(undefined),
      supported_parameters: z.array(z.string()).nullish().catch(undefined),
      top_provider: z.looseObject({ max_completion_tokens: tokenCount }).nullish().catch(undefined),
    }),
  ),
})

export type WireModel = z.infer<typeof modelListSchema>['data'][number]

import { asHubError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { ModelDirectory } from '../../src/ports/model-directory.ts'
import type { RehearsalTask, RehearsalWork } from '../../src/ports/rehearsals.ts'
import type { ReplyModel } from '../../src/ports/reply-model.ts'
import { buildPrompt, estimateTokens, tokensIn } from './prompt.ts'

/** For one answer. */
const LIMIT_MS = 120_000
/** A schedule's turn is not held for longer. */
const SHIFT_MS = 60_000

interface RehearsalParts {
  readonly work: RehearsalWork
  readonly models: ModelDirectory
  readonly replyModel: ReplyModel
  readonly log: Logger
}

/** Answers what is to be rehearsed, one question after another, after everything that people wait for. */
export function createRehearsal(parts: RehearsalParts, stopping: AbortSignal): () => Promise<void> {
  const { work, log } = parts
  return async () => {
    const until = performance.now() + SHIFT_MS
    while (!stopping.aborted && performance.now() < until) {
      const task = await work.next(2 * LIMIT_MS)
      if (!task) return
      try {
        await rehearse(parts, task, AbortSignal.any([stopping, AbortSignal.timeout(LIMIT_MS)]))
      } catch (error) {
        // Another worker, or this one later, tries again.
        if (stopping.aborted) return
        const failure = asHubError(error)
        log.warn({ code: failure.code, err: failure }, 'an answer could not be rehearsed')
        await work.failed(task, failure.code)
      }
    }
  }
}

async function rehearse(
  { work, models, replyModel }: RehearsalParts,
  task: RehearsalTask,
  signal: AbortSignal,
) {
  const { settings } = task
  const [choice] = await models.choose({ name: settings.model })
  if (!choice) return await work.failed(task, 'model_unlisted')
  const { server, model, contextLength } = choice
  const messages = buildPrompt({
    systemPrompt: settings.systemPrompt,
    history: task.history,
    question: { text: task.question, personName: task.personName },
    group: task.group,
    contextLength,
    maxOutputTokens: settings.maxOutputTokens,
  })
  const startedAt = performance.now()
  let text = ''
  let firstTokenMs: number | null = null
  let used: { readonly promptTokens: number; readonly completionTokens: number } | undefined
  const request = {
    ...{ server, model, messages, tenant: task.workspaceId, background: true },
    temperature: settings.temperature,
    ...(settings.maxOutputTokens === undefined ? {} : { maxOutputTokens: settings.maxOutputTokens }),
  }
  for await (const chunk of replyModel.stream(request, signal)) {
    if (chunk.kind === 'text') {
      firstTokenMs ??= Math.round(performance.now() - startedAt)
      text += chunk.text
    } else if (chunk.kind === 'usage') used = chunk
  }
  const promptTokens = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0)
  const answer = {
    ...{ text, model, firstTokenMs },
    promptTokens: used?.promptTokens ?? promptTokens,
    completionTokens: used?.completionTokens ?? tokensIn(text.length),
    durationMs: Math.round(performance.now() - startedAt),
  }
  await work.answered(task, answer, server.name)
}

import { asHubError } from '../model/errors.ts'
import type { CodeRunner } from '../ports/code-runner.ts'
import type { Observer } from '../ports/observer.ts'
import type { PlatformAdapter } from '../ports/platform-adapter.ts'
import type { Receiver, ReceiverContext } from '../ports/receiver.ts'
import type { ReplyModel } from '../ports/reply-model.ts'
import type { Sender } from '../ports/sender.ts'
import type { Transcribe } from '../ports/transcriber.ts'
import type { PlatformCall } from './label-values.ts'

/** The same adapter, whose receivers and senders are observed. */
export function observeAdapter(adapter: PlatformAdapter, observer: Observer): PlatformAdapter {
  const { platform } = adapter
  return {
    ...adapter,
    createReceiver: (context, credentials) =>
      observeReceiver(
        adapter.createReceiver(observeContext(context, platform, observer), credentials),
        platform,
        observer,
      ),
    createSender: (credentials, log, budget) =>
      observeSender(adapter.createSender(credentials, log, budget), platform, observer),
  }
}

function observeContext(context: ReceiverContext, platform: string, observer: Observer): ReceiverContext {
  return {
    ...context,
    async ingest(event, acknowledge) {
      const startedAt = performance.now()
      let outcome = 'failed'
      try {
        const taken = await context.ingest(event, acknowledge)
        outcome = taken.kind
        return taken
      } finally {
        observer.inbound(platform, event.kind, outcome, performance.now() - startedAt)
      }
    },
    report(state) {
      observer.connectionChanged(platform, state.kind)
      context.report(state)
    },
  }
}

function observeReceiver(receiver: Receiver, platform: string, observer: Observer): Receiver {
  const { http } = receiver
  return {
    run: (signal) => receiver.run(signal),
    ...(http === undefined
      ? {}
      : {
          async http(request) {
            const answer = await http(request)
            observer.webhook(platform, answer.status)
            return answer
          },
        }),
  }
}

export function observeSender(sender: Sender, platform: string, observer: Observer): Sender {
  const call = async <Result>(
    name: PlatformCall,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const startedAt = performance.now()
    const tell = (outcome: string, waitMs?: number) =>
      observer.platformCall(platform, name, outcome, performance.now() - startedAt, waitMs)
    try {
      const result = await work()
      tell('ok')
      return result
    } catch (error) {
      const { code, retry } = asHubError(error)
      tell(signal.aborted ? 'aborted' : code, retry.kind === 'after' ? retry.ms : undefined)
      throw error
    }
  }
  return {
    capabilities: (target) => sender.capabilities(target),
    format: (markdown, target) => sender.format(markdown, target),
    post: (request, signal) => call('post', signal, () => sender.post(request, signal)),
    edit: (request, signal) => call('edit', signal, () => sender.edit(request, signal)),
    remove: (target, id, signal) => call('remove', signal, () => sender.remove(target, id, signal)),
    indicate: (target, active, signal) =>
      call('indicate', signal, () => sender.indicate(target, active, signal)),
    download: (reference, signal) => call('download', signal, () => sender.download(reference, signal)),
    // Absent where the platform cannot look: who asks goes by that.
    ...(sender.findPosted === undefined
      ? {}
      : {
          findPosted: (target, key, signal) =>
            call('find', signal, async () => await sender.findPosted?.(target, key, signal)),
        }),
    ...(sender.surroundings === undefined
      ? {}
      : {
          surroundings: (target, asked, signal) =>
            call('read', signal, async () => (await sender.surroundings?.(target, asked, signal)) ?? []),
        }),
    ...(sender.administers === undefined
      ? {}
      : {
          administers: (workspace, person, signal) =>
            call(
              'read',
              signal,
              async () => (await sender.administers?.(workspace, person, signal)) ?? false,
            ),
        }),
    ...(sender.grow === undefined
      ? {}
      : {
          grow: (request, signal) => call('grow', signal, async () => await sender.grow?.(request, signal)),
        }),
  }
}

export function observeReplyModel(model: ReplyModel, observer: Observer): ReplyModel {
  return {
    async *stream(request, signal) {
      const { name } = request.server
      const startedAt = performance.now()
      // What it stays when the reader leaves early.
      let outcome = 'aborted'
      let begun = false
      try {
        for await (const chunk of model.stream(request, signal)) {
          if (!begun && (chunk.kind === 'text' || chunk.kind === 'reasoning')) {
            begun = true
            observer.firstToken(name, performance.now() - startedAt)
          }
          if (chunk.kind === 'usage') observer.tokens(name, chunk.promptTokens, chunk.completionTokens)
          yield chunk
        }
        outcome = 'ok'
      } catch (error) {
        if (!signal.aborted) outcome = asHubError(error).code
        throw error
      } finally {
        observer.modelCall(name, 'reply', outcome, performance.now() - startedAt)
      }
    },
    countTokens: (server, name, messages, signal) => model.countTokens(server, name, messages, signal),
    load: (server, signal) => model.load(server, signal),
    async list(server, signal) {
      const startedAt = performance.now()
      let outcome = 'ok'
      try {
        return await model.list(server, signal)
      } catch (error) {
        outcome = signal.aborted ? 'aborted' : asHubError(error).code
        throw error
      } finally {
        observer.modelCall(server.name, 'list', outcome, performance.now() - startedAt)
      }
    },
  }
}

export function observeTranscribe(transcribe: Transcribe, observer: Observer): Transcribe {
  return async (request, signal) => {
    const { name } = request.server
    const startedAt = performance.now()
    let outcome = 'ok'
    observer.audio(name, request.audio.durationMs)
    try {
      return await transcribe(request, signal)
    } catch (error) {
      outcome = signal.aborted ? 'aborted' : asHubError(error).code
      throw error
    } finally {
      observer.modelCall(name, 'speech', outcome, performance.now() - startedAt)
    }
  }
}

export function observeCodeRunner(runner: CodeRunner, observer: Observer): CodeRunner {
  observer.containment(runner.containment)
  return {
    containment: runner.containment,
    allowance: (language) => runner.allowance(language),
    async run(request, signal, options) {
      const startedAt = performance.now()
      let reason = 'aborted'
      try {
        const result = await runner.run(request, signal, options)
        reason = result.reason
        return result
      } catch (error) {
        if (!signal.aborted) reason = asHubError(error).code
        throw error
      } finally {
        observer.run(request.language, reason, performance.now() - startedAt)
      }
    },
    close: () => runner.close(),
  }
}

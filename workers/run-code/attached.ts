import { asHubError, HubError } from '../../src/model/errors.ts'
import { type SentenceKey, sentence } from '../../src/model/sentence.ts'
import type { AttachedText, CodeToRun, RunFile } from '../../src/model/work.ts'
import type { Sender } from '../../src/ports/sender.ts'
import { MAX_TEXT_BYTES } from './limits.ts'

const FETCH_LIMIT_MS = 20_000

/**
 * The program with its attached texts fetched. Rejects with `run_too_large`, `run_not_text`, `attachment_gone`,
 * each with a sentence, with the platform's own error where it may pass, or with the signal's reason.
 */
export async function withAttachedTexts(
  code: CodeToRun,
  sender: Sender,
  signal: AbortSignal,
): Promise<CodeToRun> {
  const { attached = [], ...rest } = code
  let { source, stdin } = rest
  const files: RunFile[] = [...(rest.files ?? [])]
  for (const one of attached) {
    const text = await fetchText(one, sender, AbortSignal.any([signal, AbortSignal.timeout(FETCH_LIMIT_MS)]))
    if (one.role === 'source') source = text
    else if (one.role === 'stdin') stdin = text
    else files.push({ name: one.name, text })
  }
  return {
    ...rest,
    source,
    ...(stdin === undefined ? {} : { stdin }),
    ...(files.length === 0 ? {} : { files }),
  }
}

async function fetchText(
  { name, reference }: AttachedText,
  sender: Sender,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    const { stream } = await sender.download(reference, signal)
    for await (const chunk of stream) {
      signal.throwIfAborted()
      size += chunk.length
      if (size > MAX_TEXT_BYTES) throw refusal('run_too_large', 'command.run.too_long', name)
      chunks.push(chunk)
    }
  } catch (error) {
    signal.throwIfAborted()
    const failure = asHubError(error)
    if (failure.code === 'attachment_too_large') throw refusal('run_too_large', 'command.run.too_long', name)
    if (failure.code === 'attachment_gone') throw refusal('attachment_gone', 'run.file_gone', name)
    throw failure
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw refusal('run_not_text', 'run.file_not_text', name)
  }
}

function refusal(code: string, key: SentenceKey, name: string): HubError {
  return new HubError(code, 'an attached text cannot be run', {
    sentence: sentence(key, { name: name.slice(0, 60), kilobytes: MAX_TEXT_BYTES / 1_024, files: 10 }),
  })
}

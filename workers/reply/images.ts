import { say } from '../../src/core/wording.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { DocumentStore, FoundPicture } from '../../src/ports/document-store.ts'
import type { ModelChoice } from '../../src/ports/model-directory.ts'
import type { LiveTurn } from '../live-turn.ts'

/** Of a conversation, the newest; each costs a model more than a page of text. */
const MAX_IMAGES = 4

/** What the model is shown. Where it does not see, the person is told so, once, before the answer. */
export async function imagesFor(
  documents: DocumentStore,
  { turn, answer, live }: LiveTurn,
  { abilities, model }: Pick<ModelChoice, 'abilities' | 'model'>,
): Promise<readonly FoundPicture[]> {
  const found = await documents.pictures(turn, MAX_IMAGES)
  if (abilities.vision === true) return found
  if (found.some(({ here }) => here)) {
    const told = `> ${say(sentence('file.not_seen', { model }), turn.language)}`
    if (!answer.preface.includes(told))
      await live.introduce([answer.preface, told].filter(Boolean).join('\n'))
  }
  return []
}

import { z } from 'zod'
import type { QuotedMessage } from '../../src/model/inbound.ts'
import { attachmentsOf, fileSchema, needsInfo, type SlackFile } from './attachments.ts'
import type { Directory } from './directory.ts'
import { mentionsIn, readableText } from './readable-text.ts'

export const quotedSchema = z.object({
  text: z.string().nullish(),
  files: z.array(fileSchema).nullish(),
})
const repliesSchema = z.object({ messages: z.array(quotedSchema) })

/** A message that another one is about, with the names in it. Takes no longer than look-ups may; never rejects. */
export async function readQuoted(
  { text, files }: z.infer<typeof quotedSchema>,
  directory: Directory,
  teamId: string,
): Promise<QuotedMessage> {
  const source = text ?? ''
  const [found, asked] = await Promise.all([
    directory.find(mentionsIn(source)),
    askedFiles(
      directory,
      (files ?? []).filter(needsInfo).map(({ id }) => id),
    ),
  ])
  return {
    text: readableText(source, found),
    attachments: attachmentsOf(
      (files ?? []).map((file) => asked.get(file.id) ?? file),
      teamId,
    ),
  }
}

/** What a thread begins with: what a command in it is about. */
export async function readThreadStart(
  directory: Directory,
  where: { readonly channel: string; readonly threadTs: string },
  teamId: string,
): Promise<QuotedMessage | undefined> {
  const [root] =
    repliesSchema.safeParse(await directory.thread(where.channel, where.threadTs)).data?.messages ?? []
  return root && (await readQuoted(root, directory, teamId))
}

/** Files of which a message tells only the id. */
export async function askedFiles(
  directory: Directory,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SlackFile>> {
  const answers = await Promise.all(
    ids.map(async (id) => fileSchema.safeParse(await directory.file(id)).data),
  )
  return new Map(answers.flatMap((file) => (file ? [[file.id, file] as const] : [])))
}

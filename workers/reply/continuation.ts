/**
 * Drops from the beginning of a continuation the white space that the text before it already ends with.
 *
 * A prefix is sent without its trailing white space, because chat templates trim messages and vLLM then either
 * refuses to continue (the message 'does not appear in the chat') or lets the model write the space again.
 */
export function withoutRepeatedSpace(space: string): (text: string) => string {
  let pending = space
  return (text) => {
    let skipped = 0
    while (skipped < text.length && pending !== '' && text[skipped] === pending[0]) {
      pending = pending.slice(1)
      skipped += 1
    }
    if (skipped < text.length) pending = ''
    return text.slice(skipped)
  }
}

export function splitTrailingSpace(text: string): { readonly text: string; readonly space: string } {
  const trimmed = text.trimEnd()
  return { text: trimmed, space: text.slice(trimmed.length) }
}

/**
 * Closes what a text cut in mid-stream leaves open, for display only: emphasis, inline code, a link's bracket.
 * Fences need none: Markdown closes them at the end by itself.
 */
export function healMarkdown(text: string): string {
  const open = /^(`{3,}|~{3,})/gm
  let fence: string | undefined
  for (const match of text.matchAll(open)) {
    const mark = match[1] ?? ''
    if (fence === undefined) fence = mark
    else if (mark[0] === fence[0] && mark.length >= fence.length) fence = undefined
  }
  if (fence !== undefined) return text
  const start = text.lastIndexOf('\n\n') + 1
  const paragraph = text.slice(start)
  return text.slice(0, start) + healInline(paragraph)
}

function healInline(paragraph: string): string {
  const trimmed = paragraph.replace(/!?\[[^\]\n]*(\]\([^)\n]*)?$/, '')
  const ticks = trimmed.match(/`/g)?.length ?? 0
  if (ticks % 2 === 1) return `${trimmed}\``
  const outside = trimmed.replace(/`[^`]*`/g, '')
  const strong = (outside.match(/\*\*/g)?.length ?? 0) % 2 === 1
  const emphasis =
    (outside.replaceAll('**', '').match(/(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])/g)?.length ?? 0) % 2 === 1
  const body = trimmed.replace(/\s+$/, '').replace(/(?<!\S)\*{1,2}$/, '')
  const dangling = body.length < trimmed.replace(/\s+$/, '').length
  return dangling ? body : `${trimmed.replace(/\s+$/, '')}${emphasis ? '*' : ''}${strong ? '**' : ''}`
}

/** Characters that cross the boundary at once. */
const CHUNK = 16_384
/** So many writes leave at once, so that a program that then hangs has shown them; later ones are gathered. */
const PROMPT_WRITES = 256

export interface Writer {
  write(text: string): void
  flush(): void
}

/** `maxChars` is where the run ends anyway: text past it is never copied. */
export function createWriter(emit: (text: string) => void, maxChars: number): Writer {
  let pending = ''
  let writes = 0
  let left = maxChars

  function flush(): void {
    for (let from = 0; from < pending.length; from += CHUNK) emit(pending.slice(from, from + CHUNK))
    pending = ''
  }

  return {
    write(text) {
      if (left <= 0) return
      pending += text.length > left ? text.slice(0, left) : text
      left -= text.length
      writes++
      if (left <= 0 || writes <= PROMPT_WRITES || pending.length >= CHUNK / 4) flush()
    },
    flush,
  }
}

/** Settles as `work` does, or rejects with `sentence` after `limitMs`; what `work` does later is ignored. */
export async function withTimeLimit<T>(work: Promise<T>, limitMs: number, sentence: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(sentence)), limitMs)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

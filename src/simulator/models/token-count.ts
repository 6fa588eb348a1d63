/**
 * A stand-in for a tokenizer: pieces of at most seven characters whose concatenation is the text. Counts are
 * the emulator's own, steady from run to run.
 */
export function tokenize(text: string): string[] {
  return text.match(/\s?[\p{L}\p{N}]{1,6}|\s?[^\s\p{L}\p{N}]|\s+/gu) ?? []
}

const TOKENS_PER_MESSAGE = 4

export function countPrompt(contents: readonly string[]): number {
  return contents.reduce((sum, content) => sum + tokenize(content).length + TOKENS_PER_MESSAGE, 0)
}

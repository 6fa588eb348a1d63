/** What a system prompt may name in braces, such as `{workspace}`. Other braces stay as they are. */
export interface PromptVariables {
  readonly workspace: string
  readonly channel: string
  readonly person: string
  readonly platform: string
  /** Today in UTC, such as 2026-01-31. */
  readonly date: string
}

const VARIABLE = /\{(workspace|channel|person|platform|date)\}/g

export function fillIn(prompt: string, variables: PromptVariables): string {
  return prompt.replace(VARIABLE, (whole, name: string) => {
    const value = Object.entries(variables).find(([key]) => key === name)?.[1]
    // Names are other people's words: they stay on their line, and short.
    return value === undefined ? whole : String(value).replace(/\s+/g, ' ').slice(0, 100)
  })
}

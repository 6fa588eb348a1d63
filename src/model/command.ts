export const COMMANDS = [
  'run',
  'model',
  'reset',
  'stop',
  'retry',
  'why',
  'usage',
  'privacy',
  'admin',
  'help',
] as const
export type CommandName = (typeof COMMANDS)[number]

export function isCommand(name: string): name is CommandName {
  return (COMMANDS as readonly string[]).includes(name)
}

/** Languages `/run` takes. */
export const RUN_LANGUAGES = ['javascript', 'typescript', 'python', 'sql', 'lua'] as const
export type RunLanguage = (typeof RUN_LANGUAGES)[number]

/** As people write them, whatever their own language. */
export const RUN_LANGUAGE_LABELS: Readonly<Record<RunLanguage, string>> = {
  javascript: 'JavaScript',
  typescript: 'TypeScript',
  python: 'Python',
  sql: 'SQL',
  lua: 'Lua',
}

import { COMMANDS } from '../../model/command.ts'
import { sentence } from '../../model/sentence.ts'
import { say } from '../wording.ts'
import type { Command } from './command.ts'

const PARAMETERS: Readonly<Record<string, string>> = {
  run: ' [language] [code]',
  model: ' [name]',
  privacy: ' export|forget|pause|resume',
}

export const help: Command = async ({ place, target }) => {
  const prefix = target.commandPrefix ?? '/'
  const lines = COMMANDS.filter((name) => name !== 'run' || place.settings.run).map(
    (name) =>
      `- \`${prefix}${name}${PARAMETERS[name] ?? ''}\` ${say(sentence(`command.help.${name}`), place.language)}`,
  )
  return {
    kind: 'say',
    text: `${say(sentence('command.help.intro'), place.language)}\n\n${lines.join('\n')}`,
  }
}

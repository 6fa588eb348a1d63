import { COMMANDS } from '../../model/command.ts'
import type { Translate } from './page-context.ts'

/** As Slack takes it under “From a manifest”. */
export function slackManifest(t: Translate): string {
  const manifest = {
    display_information: { name: 'BrainAll' },
    features: {
      app_home: { messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'BrainAll', always_online: true },
      shortcuts: [
        {
          name: 'Run this code',
          type: 'message',
          callback_id: 'brainall_run_message',
          description: 'Runs the code in a message',
        },
      ],
      // Slack keeps /help for itself.
      slash_commands: ['brainall', ...COMMANDS.filter((name) => name !== 'help')].map((name) => ({
        command: `/${name}`,
        description: t(name === 'brainall' ? 'command.help.intro' : `command.help.${name as 'run'}`).slice(
          0,
          100,
        ),
      })),
    },
    oauth_config: {
      scopes: {
        bot: [
          ...['app_mentions:read', 'channels:history', 'channels:read', 'chat:write', 'commands'],
          ...['files:read', 'files:write', 'groups:history', 'groups:read', 'im:history', 'im:read'],
          ...['mpim:history', 'mpim:read', 'users:read'],
        ],
      },
    },
    settings: {
      event_subscriptions: {
        bot_events: [
          ...['app_mention', 'message.channels', 'message.groups', 'message.im', 'message.mpim'],
          ...['app_uninstalled', 'tokens_revoked'],
        ],
      },
      interactivity: { is_enabled: true },
      socket_mode_enabled: true,
    },
  }
  return JSON.stringify(manifest, null, 2)
}

import { createHash } from 'node:crypto'
import type { fillWithTeam } from './sample-team.ts'
import type { TestWeb } from './web-on.ts'

/** Every page of the admin, with something on it. Those of who is not logged in come last. */
export async function pagesOf(
  { parts }: TestWeb,
  { workspaceId, thread, alone, ran, general, failed }: Awaited<ReturnType<typeof fillWithTeam>>,
): Promise<readonly { readonly name: string; readonly path: string; readonly open?: boolean }[]> {
  const token = 'a link for pictures'
  const link = {
    tokenHash: createHash('sha256').update(token).digest('hex'),
    expiresAt: new Date(Date.now() + 86_400_000),
  }
  const language = 'en' as const
  await parts.people.invite(
    { email: 'carla@example.org', role: 'operator', language, workspaces: [] },
    link,
    'admin:owner@example.org',
  )
  return [
    { name: 'overview', path: '/admin' },
    { name: 'conversations', path: '/admin/conversations' },
    { name: 'conversations-none', path: '/admin/conversations?search=nothing+like+it' },
    { name: 'conversation', path: `/admin/conversations/${thread}` },
    { name: 'conversation-why', path: `/admin/conversations/${thread}`, open: true },
    { name: 'conversation-open', path: `/admin/conversations/${alone}` },
    { name: 'message', path: `/admin/messages/${failed.messageId}` },
    { name: 'runs', path: '/admin/runs' },
    { name: 'run', path: `/admin/runs/${ran.runId}` },
    { name: 'usage', path: '/admin/usage' },
    { name: 'usage-tokens', path: '/admin/usage?days=90&measure=tokens' },
    { name: 'queue', path: '/admin/queue' },
    { name: 'queue-waiting', path: '/admin/queue?show=waiting' },
    { name: 'connections', path: '/admin/connections' },
    { name: 'connect-slack', path: '/admin/connections/new/slack' },
    { name: 'connect-matrix', path: '/admin/connections/new/matrix' },
    { name: 'workspaces', path: '/admin/workspaces' },
    { name: 'workspace', path: `/admin/workspaces/${workspaceId}` },
    { name: 'rehearsals', path: `/admin/workspaces/${workspaceId}/rehearsals` },
    { name: 'messages', path: `/admin/workspaces/${workspaceId}/messages` },
    { name: 'channel', path: `/admin/channels/${general.channelId}` },
    { name: 'models', path: '/admin/models' },
    { name: 'budgets', path: '/admin/budgets' },
    { name: 'settings', path: '/admin/settings' },
    { name: 'people', path: '/admin/people' },
    { name: 'audit', path: '/admin/audit' },
    { name: 'account', path: '/admin/account' },
    { name: 'login', path: '/admin/login' },
    { name: 'join', path: `/admin/join?token=${encodeURIComponent(token)}` },
  ]
}

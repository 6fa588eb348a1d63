import type { WorkspaceId } from '../../model/ids.ts'
import type { WebParts } from '../parts.ts'
import type { Translate } from './page-context.ts'
import { platformName } from './state-badge.ts'

/** Beyond these a list is no help; the workspace's own page then leads here. */
const MOST = 200

/** For a filter: all, then each by its name; the chosen one is always among them. */
export async function workspaceChoices(
  { workspaces }: Pick<WebParts, 'workspaces'>,
  t: Translate,
  chosen: WorkspaceId | undefined,
): Promise<readonly { readonly value: string; readonly label: string }[]> {
  const list = await workspaces.list({ limit: MOST })
  const known = chosen === undefined || list.some(({ id }) => id === chosen)
  const missing = known ? undefined : await workspaces.find(chosen)
  const named = [...list, ...(missing === undefined ? [] : [missing])]
    .map(({ id, name, platform }) => ({ value: id, label: `${name} (${platformName(platform)})` }))
    .sort((one, other) => one.label.localeCompare(other.label))
  return [{ value: '', label: t('admin.filter.any_workspace') }, ...named]
}

import type pg from 'pg'

/** Whoever is confined works as this role, which owns nothing, so that row security binds it. */
export const CONFINED_ROLE = 'brainall_confined'
/** Ids with commas between; nothing set: no row at all. */
const MINE = `string_to_array(nullif(current_setting('brainall.workspaces', true), ''), ',')::uuid[]`
const POLICY = 'confined'

/** What is read and written besides the rows that carry a `workspace_id`. */
const OTHERS: Readonly<Record<string, { readonly columns?: string; readonly sees: string }>> = {
  workspaces: { sees: `id = any (select unnest(${MINE}))` },
  connections: {
    columns:
      'id, platform, slug, name, source, paused, version, state, state_at, account, removed_at, created_at',
    sees: `id in (select w.connection_id from public.workspaces w where w.id = any (${MINE}))`,
  },
  people: {
    sees: `connection_id in (select w.connection_id from public.workspaces w where w.id = any (${MINE}))`,
  },
  answer_parts: { sees: 'answer_id in (select a.id from public.answers a)' },
  models: { sees: 'true' },
  ceilings: { sees: 'true' },
  model_aliases: { sees: 'true' },
  model_facts: { sees: 'true' },
  prices: { sees: 'true' },
  summaries: { sees: 'conversation_id in (select c.id from public.conversations c)' },
}
/** Nobody who is confined has any business there. */
const CLOSED = ['admin_workspaces', 'sign_in_links']
const WRITES: Readonly<Record<string, string>> = { settings: 'insert, update', audit: 'insert' }

/**
 * Brings the rules up to date with the tables: every one with a `workspace_id` has its rule from the day it
 * exists. The owner of the tables, as which the hub works, is not bound by them. Gives the reason where the role
 * is missing and may not be made.
 */
export async function secureRows(client: pg.ClientBase): Promise<string | undefined> {
  const missing = await ensureRole(client)
  if (missing !== undefined) return missing
  const { rows } = await client.query<{ name: string; secured: boolean }>(
    `
    select c.relname as name, c.relrowsecurity and exists (
      select 1 from pg_policy p where p.polrelid = c.oid and p.polname = '${POLICY}'
    ) and has_any_column_privilege('${CONFINED_ROLE}', c.oid, 'select') as secured
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> all ($2)
      and (c.relname = any ($1) or exists (
        select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
      ))`,
    [Object.keys(OTHERS), CLOSED],
  )
  const open = rows.filter(({ secured }) => !secured)
  if (open.length === 0) return undefined
  await client.query(`grant usage on schema public to ${CONFINED_ROLE}`)
  await client.query(`grant usage on all sequences in schema public to ${CONFINED_ROLE}`)
  for (const { name } of open) await secureTable(client, name)
  return undefined
}

/** In a transaction of its own: whoever locks several tables at once, while others work with them, deadlocks. */
async function secureTable(client: pg.ClientBase, name: string): Promise<void> {
  await client.query('begin')
  try {
    for (const statement of rulesFor(name)) await client.query(statement)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

function rulesFor(table: string): readonly string[] {
  const own = OTHERS[table]
  const sees = own?.sees ?? `workspace_id = any (${MINE})`
  // What the hub sets counts for everybody below it.
  const reads = table === 'settings' ? `${sees} or scope = 'hub'` : sees
  const columns = own?.columns === undefined ? '' : ` (${own.columns})`
  const writes = WRITES[table]
  return [
    `alter table public.${table} enable row level security`,
    `drop policy if exists ${POLICY} on public.${table}`,
    `create policy ${POLICY} on public.${table} for select to ${CONFINED_ROLE} using (${reads})`,
    `grant select${columns} on public.${table} to ${CONFINED_ROLE}`,
    ...(writes === undefined
      ? []
      : [
          `drop policy if exists ${POLICY}_insert on public.${table}`,
          `create policy ${POLICY}_insert on public.${table} for insert to ${CONFINED_ROLE} with check (${sees})`,
          `drop policy if exists ${POLICY}_update on public.${table}`,
          `create policy ${POLICY}_update on public.${table} for update to ${CONFINED_ROLE} using (${sees}) with check (${sees})`,
          `grant ${writes} on public.${table} to ${CONFINED_ROLE}`,
        ]),
  ]
}

async function ensureRole(client: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ there: boolean; member: boolean; may: boolean }>(`
    select exists (select 1 from pg_roles where rolname = '${CONFINED_ROLE}') as there,
      coalesce((select pg_has_role(current_user, oid, 'member') from pg_roles where rolname = '${CONFINED_ROLE}'), false) as member,
      (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) as may`)
  const [state] = rows
  if (state?.there && state.member) return undefined
  if (!state?.may)
    return (
      'the database has no role to confine workspace admins with: as its superuser, run once ' +
      `CREATE ROLE ${CONFINED_ROLE} NOLOGIN; GRANT ${CONFINED_ROLE} TO the hub's own role; then restart the hub`
    )
  // Hubs of one server that start together find it missing together.
  await client.query(`
    do $$ begin
      create role ${CONFINED_ROLE} nologin;
    exception when duplicate_object or unique_violation then null;
    end $$;
    do $$ begin
      execute format('grant ${CONFINED_ROLE} to %I', current_user);
    exception when others then
      if not pg_has_role(current_user, '${CONFINED_ROLE}', 'member') then raise; end if;
    end $$`)
  return undefined
}

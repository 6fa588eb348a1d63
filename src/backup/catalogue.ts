import type pg from 'pg'

/** The part of pg that is needed here: a client in or out of a pool. */
export type Connection = pg.ClientBase

export interface Journal {
  readonly hash: string
  readonly createdAt: number
}

/** Text forms that do not depend on the server's settings, and no limits on long statements. */
export const PORTABLE_SESSION = `
  set statement_timeout = 0;
  set idle_in_transaction_session_timeout = 0;
  set datestyle = 'ISO, YMD';
  set intervalstyle = 'postgres';
  set timezone = 'UTC';
  set extra_float_digits = 1;
  set bytea_output = 'hex';
  set client_encoding = 'UTF8';
  set row_security = off`

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const inPublic = (name: string): string => `public.${quoted(name)}`

export async function listTables(client: Connection): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and ${ownedByNoExtension('pg_class')}
    order by relname`)
  return rows.map(({ name }) => name)
}

/** Those that hold data of their own; generated ones are computed again. */
export async function columnsOf(client: Connection, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [inPublic(table)],
  )
  return rows.map(({ name }) => name)
}

export async function listSequences(client: Connection): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'S' and ${ownedByNoExtension('pg_class')}
    order by relname`)
  return rows.map(({ name }) => name)
}

/** Oldest first; empty where no hub ever ran. */
export async function readJournal(client: Connection): Promise<Journal[]> {
  const { rows } = await client.query<{ table: string | null }>(
    `select to_regclass('drizzle.__drizzle_migrations') as table`,
  )
  if (!rows[0]?.table) return []
  const journal = await client.query<{ hash: string; created_at: string }>(
    'select hash, created_at from drizzle.__drizzle_migrations order by created_at',
  )
  return journal.rows.map(({ hash, created_at }) => ({ hash, createdAt: Number(created_at) }))
}

/** Statements that remove everything the hub's migrations make; what belongs to an extension stays. */
export async function statementsToClear(client: Connection): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(`
    select statement from (
      select 1 as turn, format('drop %s if exists %s cascade',
        case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end,
        oid::regclass) as statement
      from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
        and ${ownedByNoExtension('pg_class')}
      union all
      select 2, format('drop routine if exists %s cascade', oid::regprocedure)
      from pg_proc where pronamespace = 'public'::regnamespace and ${ownedByNoExtension('pg_proc')}
      union all
      select 3, format('drop type if exists %s cascade', oid::regtype)
      from pg_type
      where typnamespace = 'public'::regnamespace and typtype in ('e', 'd') and ${ownedByNoExtension('pg_type')}
    ) parts order by turn, statement`)
  return rows.map(({ statement }) => statement)
}

export interface ForeignKey {
  readonly drop: string
  readonly add: string
}

export async function foreignKeys(client: Connection): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as add
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace order by conname`)
  return rows
}

function ownedByNoExtension(catalogue: string): string {
  return `not exists (
    select 1 from pg_depend
    where classid = '${catalogue}'::regclass and objid = ${catalogue}.oid and deptype = 'e'
  )`
}

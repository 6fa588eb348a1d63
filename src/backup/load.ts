import { finished } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import { type Connection, foreignKeys, inPublic, listTables, quoted } from './catalogue.ts'
import { type BackupRecord, damaged } from './format.ts'
import { type RestoredFile, restoreFile } from './kept-files.ts'

interface Sink {
  write(bytes: Uint8Array): Promise<void>
  finish(): Promise<void>
  discard(): Promise<void>
}

/**
 * Puts the records into empty tables. References are checked when all rows are there, whatever order the tables
 * came in; triggers do not run. `filesRoot` undefined: files are read and not written.
 */
export async function load(
  client: Connection,
  records: AsyncIterable<BackupRecord>,
  filesRoot: string | undefined,
): Promise<void> {
  const keys = await foreignKeys(client)
  for (const { drop } of keys) await client.query(drop)
  const tables = await listTables(client)
  for (const name of tables) await client.query(`alter table ${inPublic(name)} disable trigger user`)
  await putAway(client, records, filesRoot)
  for (const name of tables) await client.query(`alter table ${inPublic(name)} enable trigger user`)
  for (const { add } of keys) await client.query(add)
}

async function putAway(
  client: Connection,
  records: AsyncIterable<BackupRecord>,
  filesRoot: string | undefined,
): Promise<void> {
  const rows: Record<string, number> = {}
  let files = 0
  let sink: Sink | undefined
  const finish = async () => {
    const one = sink
    sink = undefined
    await one?.finish()
  }
  try {
    for await (const record of records) {
      if (record.kind === 'data') {
        if (sink === undefined) throw damaged()
        await sink.write(record.bytes)
        continue
      }
      await finish()
      switch (record.kind) {
        case 'origin':
          break
        case 'table':
          sink = openTable(client, record, (count) => {
            rows[record.name] = count
          })
          break
        case 'sequences':
          for (const { name, value, called } of record.sequences)
            await client.query('select setval($1::regclass, $2, $3)', [inPublic(name), value, called])
          break
        case 'file':
          files += 1
          sink = filesRoot === undefined ? NOWHERE : await restoreFile(filesRoot, record.path)
          break
        case 'end':
          if (files !== record.files) throw damaged()
          for (const [name, count] of Object.entries(record.rows)) if (rows[name] !== count) throw damaged()
      }
    }
  } catch (error) {
    await sink?.discard()
    throw error
  }
}

const NOWHERE: Sink & RestoredFile = {
  write: async () => undefined,
  finish: async () => undefined,
  discard: async () => undefined,
}

function openTable(
  client: Connection,
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
  counted: (rows: number) => void,
): Sink {
  const copy = client.query(copyFrom(`copy ${inPublic(name)} (${columns.map(quoted).join(', ')}) from stdin`))
  const done = finished(copy)
  let failure: unknown
  done.catch((error: unknown) => {
    failure = error
  })
  return {
    async write(bytes) {
      if (failure) throw failure
      if (copy.write(bytes)) return
      const drained = new Promise<void>((resolve) => copy.once('drain', () => resolve()))
      await Promise.race([drained, done])
    },
    async finish() {
      copy.end()
      await done
      counted(copy.rowCount)
    },
    // The connection ends with the failed restore, and with it this.
    discard: async () => undefined,
  }
}

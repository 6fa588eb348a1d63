import initSqlJs, { type Database, type SqlValue, type Statement } from 'sql.js'
import { type Outcome, runAtOnce } from '../../child/guest/at-once.ts'
import { installEnvironment } from '../../child/guest/environment.ts'
import type { OpenGuest } from '../../child/guest/guest.ts'
import { createWriter } from '../../child/guest/writer.ts'
import { formatTable } from './table.ts'

/** Rows of one result that are shown; the rest is not computed. */
const MAX_ROWS = 1_000
const CHANGES_ROWS = /^\s*(?:insert|update|delete|replace|with)\b/i
const SPACE_OR_COMMENT = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/

export const open: OpenGuest = async (emit, _leave, maxChars, wasmBinary = new ArrayBuffer(0)) => {
  installEnvironment()
  const { Database } = await initSqlJs({ wasmBinary })
  const database = new Database()
  const writer = createWriter(emit, maxChars)
  return runAtOnce(writer, (source, stdin, args) => {
    offer(database, 'stdin', stdin === '' ? [] : stdin.replace(/\r?\n$/, '').split(/\r?\n/))
    offer(database, 'args', args)
    return runScript(database, source, writer.write)
  })
}

/** Input as a table of lines, where there is any. */
function offer(database: Database, name: 'stdin' | 'args', lines: readonly string[]): void {
  if (lines.length === 0) return
  database.run(`create temp table ${name} (n integer primary key, line text)`)
  for (const line of lines) database.run(`insert into ${name} (line) values (?)`, [line])
}

function runScript(database: Database, source: string, write: (text: string) => void): Outcome {
  const statements = database.iterateStatements(source)
  let rest = source
  let isFirst = true
  try {
    for (;;) {
      rest = statements.getRemainingSQL()
      const { done, value: statement } = statements.next()
      if (done) return {}
      const text = resultOf(database, statement)
      if (text === '') continue
      write(isFirst ? `${text}\n` : `\n${text}\n`)
      isFirst = false
    }
  } catch (thrown) {
    return failureOf(thrown, source, rest)
  }
}

function resultOf(database: Database, statement: Statement): string {
  const rows: SqlValue[][] = []
  let isCut = false
  while (statement.step()) {
    isCut = rows.length === MAX_ROWS
    if (isCut) break
    rows.push(statement.get(null, { useBigInt: true }))
  }
  const columns = statement.getColumnNames()
  if (columns.length > 0) {
    const count = isCut ? `the first ${MAX_ROWS} rows` : counted(rows.length)
    return `${formatTable(columns, rows)}\n(${count})`
  }
  return CHANGES_ROWS.test(statement.getSQL()) ? `(${counted(database.getRowsModified())} changed)` : ''
}

function counted(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`
}

function failureOf(thrown: unknown, source: string, rest: string): Outcome {
  const message = thrown instanceof Error ? String(thrown.message) : String(thrown)
  if (/out of memory|allocation failed/i.test(message)) return { reason: 'memory' }
  const line = lineOf(message, source, rest)
  const name = 'SqlError'
  return { error: { name, message, line, stack: `${name}: ${message}\n    at main.sql:${line}` } }
}

/** SQLite names no position: the first line of the statement, or the line of the word it stumbled over. */
function lineOf(message: string, source: string, rest: string): number {
  const blank = SPACE_OR_COMMENT.exec(rest)?.[0].length ?? 0
  const start = source.length - rest.length + blank
  const word = /^near "(.+)": syntax error$/s.exec(message)?.[1]
  const statement = source.slice(start)
  const at = word === undefined ? -1 : statement.indexOf(word)
  const isOnlyOne = at >= 0 && word !== undefined && !statement.includes(word, at + 1)
  return source.slice(0, start + (isOnlyOne ? at : 0)).split('\n').length
}

import initSqlJs, { type Database, type SqlValue, type Statement } from 'sql.js'
import { type Outcome, runAtOnce } from '../../child/guest/at-once.ts'
import { installEnvironment } from '../../child/guest/environment.ts'
import type { OpenGuest, SourceFile } from '../../child/guest/guest.ts'
import { createWriter } from '../../child/guest/writer.ts'
import { formatTable } from './table.ts'
import { readValues } from './values.ts'

/** Rows of one result that are shown; the rest is not computed. */
const MAX_ROWS = 1_000
const CHANGES_ROWS = /^\s*(?:insert|update|delete|replace|with)\b/i
const SPACE_OR_COMMENT = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/

export const open: OpenGuest = async (emit, _leave, maxChars, wasmBinary = new ArrayBuffer(0)) => {
  installEnvironment()
  const { Database } = await initSqlJs({ wasmBinary })
  const database = new Database()
  const writer = createWriter(emit, maxChars)
  return runAtOnce(writer, (source, stdin, args, files) => {
    offer(database, 'stdin', stdin === '' ? [] : stdin.replace(/\r?\n$/, '').split(/\r?\n/))
    offer(database, 'args', args)
    for (const file of files) {
      const failure = load(database, file)
      if (failure) return failure
    }
    return runScript(database, source, writer.write)
  })
}

/** A script runs before the program, a table of values becomes one of that name, any other text one of lines. */
function load(database: Database, { name, text }: SourceFile): Outcome | undefined {
  const table = name.replace(/\.[^.]*$/, '')
  if (/\.sql$/i.test(name)) {
    const { error } = runScript(database, text, () => undefined)
    if (error === undefined) return undefined
    return { error: { ...error, stack: error.stack.replace('main.sql', name) } }
  }
  if (/\.[ct]sv$/i.test(name))
    return void loadValues(database, table, text, /\.tsv$/i.test(name) ? '\t' : ',')
  return void offer(database, table, text.replace(/\r?\n$/, '').split(/\r?\n/))
}

/** The first row names the columns; numbers are kept as such. */
function loadValues(database: Database, table: string, text: string, separator: ',' | '\t'): void {
  const [names = [], ...rows] = readValues(text, separator)
  if (names.length === 0) return
  const columns = names.map((name, index) => `${quoted(name === '' ? `column${index + 1}` : name)} numeric`)
  database.run(`create table ${quoted(table)} (${columns.join(', ')})`)
  const insert = `insert into ${quoted(table)} values (${names.map(() => '?').join(', ')})`
  for (const row of rows)
    database.run(
      insert,
      names.map((_, index) => row[index] ?? null),
    )
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Input as a table of lines, where there is any. */
function offer(database: Database, name: string, lines: readonly string[]): void {
  if (lines.length === 0) return
  database.run(`create temp table ${quoted(name)} (n integer primary key, line text)`)
  for (const line of lines) database.run(`insert into ${quoted(name)} (line) values (?)`, [line])
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

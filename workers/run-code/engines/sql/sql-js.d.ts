/** The part of the package that is used; it comes without types. */
declare module 'sql.js' {
  export type SqlValue = number | string | Uint8Array | bigint | null

  export interface Statement {
    step(): boolean
    get(params?: null, config?: { readonly useBigInt: boolean }): SqlValue[]
    getColumnNames(): string[]
    getSQL(): string
  }

  export interface StatementIterator extends Iterator<Statement> {
    getRemainingSQL(): string
  }

  export interface Database {
    run(sql: string, params?: readonly SqlValue[]): Database
    iterateStatements(sql: string): StatementIterator
    getRowsModified(): number
  }

  export default function initSqlJs(config: {
    readonly wasmBinary: ArrayBuffer
  }): Promise<{ readonly Database: new () => Database }>
}

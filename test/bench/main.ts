import { benchRunCode } from './run-code.ts'

/** One JSON object a line as it is measured, then the same as a table. */
const rows: object[] = []
for await (const row of benchRunCode()) {
  rows.push(row)
  console.log(JSON.stringify(row))
}
console.table(rows)

/** PostgreSQL takes neither NUL nor lone surrogates. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** The same for every text inside a JSON value. */
export function storableValue<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) =>
    typeof inner === 'string' ? storable(inner) : inner,
  )
}

/** A row that a statement such as `insert … returning` must give back. */
export function present<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('the database returned no row where it must')
  return row
}

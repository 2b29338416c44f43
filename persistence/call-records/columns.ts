/** A column of a batch: its name, its type in Postgres, and what of a row stands in it. */
export type Column<Row> = readonly [name: string, type: string, valueOf: (row: Row) => unknown]

/**
 * A batch as the one parameter of its statement: a list of lists. Half the cost of a list of records, whose names are written
 * anew with every row, and that is most of what a row costs its process.
 */
export const batchOf = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
  JSON.stringify(rows.map((row) => columns.map(([, , valueOf]) => valueOf(row))))

/** The query that reads it: one row each, with named and typed columns. */
export const readBatch = <Row>(columns: readonly Column<Row>[]): string =>
  `select ${columns.map(([name, type], index) => `(row ->> ${index})::${type} as ${name}`).join(', ')}
     from jsonb_array_elements($1::jsonb) as row`

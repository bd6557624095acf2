/** Where a page of a list ended: the moment of its last row in microseconds, which is what Postgres keeps, and its id. */
export interface Position {
  /** As text: a bigint of the database. */
  readonly micros: string
  readonly id: string
}

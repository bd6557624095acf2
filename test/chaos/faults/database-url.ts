import type { World } from '../fault.ts'

/** Address of the daemons' database, past the proxy. */
export async function databaseUrlOf({ query, postgres }: World): Promise<string> {
  const [row] = await query<{ name: string }>('select current_database() as name')
  if (row === undefined) throw new Error('select without a row')
  return postgres.urlOf(row.name)
}

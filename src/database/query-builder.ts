import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Database } from './connect.ts'
import * as schema from './schema.ts'

/**
 * The query builder, for queries whose shape depends on what is asked.
 *
 * Not part of the handle: it takes half a second to load (Node 24, November 2026), and the refresh path does not wait
 * for it.
 */
export const queryBuilder = (db: Database): NodePgDatabase<typeof schema> => drizzle(db, { schema })

import type { Table } from './row.ts'
import { xTable } from './x.ts'

/** The error tables of all kinds of accounts. */
export const TABLES: readonly Table[] = [xTable]

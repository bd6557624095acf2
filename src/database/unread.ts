import type { CustomTypesConfig, QueryArrayConfig } from 'pg'

/** Values as PostgreSQL writes them, in the order of the columns. */
export type UnreadRow = (string | null)[]

const AS_WRITTEN: CustomTypesConfig = { getTypeParser: () => (text: string) => text }

/** A statement of whose rows nothing is read: for whoever passes on what they say. */
export const unread = (text: string, values: readonly unknown[] = []): QueryArrayConfig => ({
  text,
  values: [...values],
  rowMode: 'array',
  types: AS_WRITTEN,
})

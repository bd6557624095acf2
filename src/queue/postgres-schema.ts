import { assertSchemaCompatibility, runMigrations, SchemaMigrationRequiredError } from 'bullmq'
import { withConnection } from '../database/connect.ts'

/** Brings BullMQ's own tables up to date. Safe to run twice and concurrently: it takes a lock of its own. */
export async function migrateQueueSchema(url: string): Promise<void> {
  await withConnection(url, async (client) => {
    await runMigrations(client)
  })
}

/** Whether BullMQ's own tables are there. */
export async function hasQueueSchema(url: string): Promise<boolean> {
  return withConnection(url, async (client) => {
    try {
      await assertSchemaCompatibility(client)
      return true
    } catch (error) {
      if (error instanceof SchemaMigrationRequiredError) return false
      throw error
    }
  })
}

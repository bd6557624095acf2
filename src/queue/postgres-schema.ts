import { assertSchemaCompatibility, LATEST_SCHEMA_VERSION, runMigrations, SchemaMigrationRequiredError } from 'bullmq'
import { withConnection } from '../database/connect.ts'
import { LOCK_PATIENCE, withLockPatience } from '../database/lock-patience.ts'

/**
 * Brings BullMQ's own tables up to date. Safe to run twice and concurrently: it takes a lock of its own. Safe beside daemons:
 * they go on while it waits for somebody else's lock.
 */
export async function migrateQueueSchema(url: string, patience = LOCK_PATIENCE): Promise<void> {
  await withConnection(url, async (client) => {
    await client.query(`set lock_timeout = ${patience.waitMs}`)
    const make = () => runMigrations(client)
    await withLockPatience(client, { name: "the migration of the queue's tables", make }, patience)
  })
}

/** Whether BullMQ's own tables are there, and new enough for our version of it. */
export async function hasQueueSchema(url: string): Promise<boolean> {
  return withConnection(url, async (client) => {
    try {
      return (await assertSchemaCompatibility(client)) >= LATEST_SCHEMA_VERSION
    } catch (error) {
      if (error instanceof SchemaMigrationRequiredError) return false
      throw error
    }
  })
}

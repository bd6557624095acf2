import { assertSchemaCompatibility, runMigrations, SchemaMigrationRequiredError } from 'bullmq'
import { Client } from 'pg'

/** Brings BullMQ's own tables up to date. Safe to run twice and concurrently: it takes a lock of its own. */
export async function migrateQueueSchema(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await runMigrations(client)
  })
}

/** Whether BullMQ's own tables are there. */
export async function hasQueueSchema(url: string): Promise<boolean> {
  return withClient(url, async (client) => {
    try {
      await assertSchemaCompatibility(client)
      return true
    } catch (error) {
      if (error instanceof SchemaMigrationRequiredError) return false
      throw error
    }
  })
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

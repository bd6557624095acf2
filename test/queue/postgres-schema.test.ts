import { expect, test, vi } from 'vitest'
import { hasQueueSchema, migrateQueueSchema } from '../../src/queue/postgres-schema.ts'
import { aDatabase } from '../fixtures/database.ts'

test("the queue's tables are missed where they are old or not there, until they are migrated", async () => {
  await using database = await aDatabase({ empty: true })
  expect(await hasQueueSchema(database.url)).toBe(false)
  await migrateQueueSchema(database.url)
  expect(await hasQueueSchema(database.url)).toBe(true)

  await database.query('delete from bullmq.migration where version = (select max(version) from bullmq.migration)')

  expect(await hasQueueSchema(database.url)).toBe(false)
})

test("a migration of the queue's tables lets daemons by while it waits for a lock", async () => {
  await using database = await aDatabase()
  const holder = await database.db.connect()
  await holder.query('begin; select from bullmq.migration')
  const patience = { waitMs: 300, pauseMs: 50, tries: 2 }

  const migrated = migrateQueueSchema(database.url, patience).catch(({ message }) => message)
  await vi.waitFor(
    async () =>
      expect(
        await database.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        ),
      ).toHaveLength(1),
    { interval: 20 },
  )
  expect(await hasQueueSchema(database.url)).toBe(true)

  expect(await migrated).toMatch(/^the migration of the queue's tables gave up after waiting 2 times 0.3 s for a lock/)
  await holder.query('commit')
  holder.release()
})

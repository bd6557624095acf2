import { Queue, Worker } from 'bullmq'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { Pool } from 'pg'
import { countDown, readRace, runRace } from './race.ts'

// A refresh as one would write it in an hour: no lease, no history, tokens as they are, also in the job. Its table is made by the benchmark.

const accounts = pgTable('plain_accounts', {
  id: text('id').primaryKey(),
  accessToken: text('access_token').notNull(),
  refreshToken: text('refresh_token').notNull(),
  tokenExpiresAt: timestamp('token_expires_at', { withTimezone: true }),
  lastRefreshedAt: timestamp('last_refreshed_at', { withTimezone: true }),
})

const race = readRace()
const db = drizzle(new Pool({ connectionString: race.databaseUrl, max: 15 }))
const { hostname: host, port } = new URL(race.redisUrl ?? '')
const connection = { host, port: Number(port) }
const queue = new Queue('plain', { connection, defaultJobOptions: { removeOnComplete: true } })
const { done, all } = countDown(race.accounts)

const worker = new Worker(
  'plain',
  async ({ data }: { data: { id: string; refreshToken: string } }) => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: data.refreshToken })
    const answer = await fetch(`${race.origin}/2/oauth2/token`, { method: 'POST', body })
    const tokens = (await answer.json()) as { access_token: string; refresh_token: string; expires_in: number }
    await db
      .update(accounts)
      .set({
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token,
        tokenExpiresAt: new Date(Date.now() + tokens.expires_in * 1000),
        lastRefreshedAt: new Date(),
      })
      .where(eq(accounts.id, data.id))
  },
  { connection, concurrency: race.concurrency },
)
worker.on('completed', done)
worker.on('failed', (_job, error) => {
  throw error
})
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])

await runRace(race, async () => {
  const due = await db.select({ id: accounts.id, refreshToken: accounts.refreshToken }).from(accounts)
  for (let at = 0; at < due.length; at += 1000) {
    await queue.addBulk(due.slice(at, at + 1000).map((data) => ({ name: 'refresh', data })))
  }
  await all
})
process.exit(0)

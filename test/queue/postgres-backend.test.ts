import { expect, test } from 'vitest'
import { openPostgresBackend } from '../../src/queue/postgres-backend.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aTcpProxy } from '../fixtures/tcp-proxy.ts'

test('a connection that breaks while a question waits ends the question and not the process', async () => {
  await using database = await aDatabase()
  const { port } = new URL(database.url)
  await using proxy = await aTcpProxy(Number(port))
  const url = database.url.replace(`:${port}/`, `:${proxy.port}/`)
  await using backend = openPostgresBackend(url, { workers: 1, complain: () => undefined })
  // BullMQ first looks at its tables, on a connection that it has borrowed.
  const holder = await database.db.connect()
  await holder.query('begin; lock table bullmq.migration')
  const queue = backend.openQueue('{lost}')
  queue.on('error', () => undefined)
  const counting = queue.getJobCounts('waiting').then(
    () => 'counted',
    () => 'failed',
  )
  const WAITING = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
  await expect.poll(() => database.query(WAITING)).not.toEqual([])

  proxy.resetAll()

  expect(await counting).toBe('failed')
  await holder.query('commit')
  holder.release()
})

test('a server that falls silent fails a question within seconds: the scan that asks goes on', async () => {
  await using database = await aDatabase()
  const { port } = new URL(database.url)
  await using proxy = await aTcpProxy(Number(port))
  const url = database.url.replace(`:${port}/`, `:${proxy.port}/`)
  await using backend = openPostgresBackend(url, { workers: 1, complain: () => undefined })
  const queue = backend.openQueue('{silent}')
  queue.on('error', () => undefined)
  expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 0 })

  proxy.fallSilent()

  await expect(queue.getJobCounts('waiting')).rejects.toThrow(/timeout/)
  proxy.resetAll()
})

import { openLog } from '../../src/log.ts'
import { openPostgresBackend } from '../../src/queue/postgres-backend.ts'
import { openRedisBackend } from '../../src/queue/redis-backend.ts'
import { idOf } from '../setup/fleet.ts'
import { countDown, readRace, runRace } from './race.ts'

// What the queue alone takes: BullMQ's own queue and worker, with our jobs, and nothing done.

const race = readRace()
const complain = (error: unknown) => {
  throw error
}
const backend =
  race.redisUrl === null
    ? openPostgresBackend(race.databaseUrl, { workers: 1, complain })
    : openRedisBackend(race.redisUrl, { log: openLog('silent'), complain })
const queue = backend.openQueue('empty')
const { done, all } = countDown(race.accounts)

await runRace(race, async () => {
  // A job is done when the worker takes the next in its place; of the last ones nobody waits for that.
  backend.openWorker('empty', async () => done(), { concurrency: race.concurrency })
  const jobs = Array.from({ length: race.accounts }, (_, number) => {
    return { name: 'refresh', data: { accountId: idOf(number), trigger: 'schedule' as const }, opts: {} }
  })
  for (let at = 0; at < jobs.length; at += 1000) await queue.addBulk(jobs.slice(at, at + 1000))
  await all
})
process.exit(0)

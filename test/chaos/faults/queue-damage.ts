import { type App, readApp } from '../../../src/app.ts'
import { openQueues, type Queues } from '../../../src/queue/queues.ts'
import { silentLog } from '../../fixtures/log.ts'
import type { World } from '../fault.ts'
import { databaseUrlOf } from './database-url.ts'

const MOST_JOBS = 50
const TAKING_ROUNDS = 20

/** The entry that makes the scan run disappears, and the job that it had made. */
export async function loseScanEntry({ redis, query }: World): Promise<void> {
  if (redis === null) {
    await query('delete from bullmq.scheduler')
    await query("delete from bullmq.job where queue = '{scan}' and state = 'delayed'")
    return
  }
  await redis.withClient(async (client) => {
    const keys = ['repeat', 'delayed', 'prioritized'].map((name) => `token-refresh-worker:{scan}:${name}`)
    const entries = await client.keys('token-refresh-worker:{scan}:repeat:*')
    await client.del(...keys, ...entries)
  })
}

/** Jobs that nobody claimed, twice the same ones at the same moment, of accounts that are not there, and rubbish. */
export async function plantStrayJobs(world: World): Promise<void> {
  const requestedAt = await readNow(world)
  await withQueues(world, async (queues, accountsOf) => {
    for (const [app, accountIds] of accountsOf) {
      const scheduled = [...accountIds, 'soc_gone'].map((accountId) => ({
        accountIds: [accountId],
        trigger: 'schedule' as const,
      }))
      const asked = accountIds
        .slice(0, 3)
        .map((accountId) => ({ accountIds: [accountId], trigger: 'on_demand' as const }))
      await queues.add(app, [...scheduled, ...asked, ...scheduled, ...asked], { requestedAt, urgent: false })
      const [queue] = queues.open([app])
      await queue?.addBulk([{ name: 'refresh', data: Object({ rubbish: true }), opts: {} }])
    }
  })
}

/** Takes jobs as a worker does that ends with them in its hands: they stay active, and nobody works on them. */
export async function takeJobsAway(world: World): Promise<void> {
  const requestedAt = await readNow(world)
  await withQueues(world, async (queues, accountsOf) => {
    for (let round = 0; round < TAKING_ROUNDS; round++) {
      for (const [app, accountIds] of accountsOf) {
        const jobs = accountIds.map((accountId) => ({ accountIds: [accountId], trigger: 'schedule' as const }))
        await queues.add(app, jobs, { requestedAt, urgent: false })
        await takeWaiting(world, `{refresh-${app.toLowerCase().replaceAll('_', '-')}}`)
      }
    }
  })
}

async function takeWaiting({ redis, query }: World, queue: string): Promise<void> {
  if (redis === null) {
    await query(
      `update bullmq.job set state = 'active', lock_token = 'gone', locked_until_ms = 0
       where queue = $1 and id in
         (select id from bullmq.job where queue = $1 and state = 'waiting' limit $2 for update skip locked)`,
      [queue, MOST_JOBS],
    )
    return
  }
  await redis.withClient(async (client) => {
    const key = `token-refresh-worker:${queue}`
    for (let jobs = 0; jobs < MOST_JOBS; jobs++)
      if ((await client.lmove(`${key}:wait`, `${key}:active`, 'RIGHT', 'LEFT')) === null) return
  })
}

async function withQueues(
  world: World,
  use: (queues: Queues, accountsOf: ReadonlyMap<App, readonly string[]>) => Promise<void>,
): Promise<void> {
  const rows = await world.query<{ app: string; ids: string[] }>(
    'select app, array_agg(account_id order by account_id) as ids from refresh_schedule group by app',
  )
  const accountsOf = new Map<App, readonly string[]>()
  for (const { app, ids } of rows) {
    const known = readApp(app)
    const from = Math.floor(world.random() * ids.length)
    if (known !== null) accountsOf.set(known, ids.slice(from, from + MOST_JOBS))
  }
  await using queues = openQueues({
    redisUrl: world.redis?.url ?? null,
    databaseUrl: await databaseUrlOf(world),
    workers: 0,
    log: silentLog,
  })
  await use(queues, accountsOf)
}

async function readNow({ query }: World): Promise<Date> {
  const [row] = await query<{ now: Date }>('select now() as now')
  if (row === undefined) throw new Error('select without a row')
  return row.now
}

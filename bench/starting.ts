import { Redis } from 'ioredis'
import { Client } from 'pg'
import type { Benchmark } from './harness/benchmark.ts'
import { ENCRYPTION_KEYS } from './setup/keys.ts'
import { settingsOf, startPlatform } from './setup/platform.ts'
import { MAIN, readLine, startNode } from './setup/processes.ts'
import { connectRealAccounts, makeAllDue } from './setup/real-accounts.ts'
import { startPostgres, startRedis } from './setup/servers.ts'

const CONNECT_ONLY = new URL('./baselines/connect-only.ts', import.meta.url).pathname

export const starting: Benchmark = {
  name: 'starting',
  measures: 'start to the first commit of an overdue account',
  ours: '`node src/main.ts daemon`, the queue in Redis, not the first start of an installation',
  baseline: 'node that connects to PostgreSQL and Redis',
  unit: 's',
  bound: { atMostMore: 1 },
  rounds: 9,
  warmsUp: true,
  async open() {
    await using stack = new AsyncDisposableStack()
    const postgres = stack.use(await startPostgres())
    const redis = stack.use(await startRedis())
    const platform = stack.use(await startPlatform())
    const { db, url } = await postgres.database('start')
    await connectRealAccounts(db, 1)
    const commits = stack.use(await listenForCommits(url))
    const client = stack.adopt(new Redis(redis.url), (opened) => opened.disconnect())
    const env = { ...settingsOf(platform), DATABASE_URL: url, REDIS_URL: redis.url, PORT: '0' }
    const opened = stack.move()
    return {
      async ours() {
        // A fleet's first start: what an earlier round has left in the queue says nothing about this one.
        await client.flushall()
        await makeAllDue(db)
        const committed = commits.next()
        const startedMs = performance.now()
        await using daemon = startNode([MAIN, 'daemon'], { ...env, TOKEN_ENCRYPTION_KEYS: ENCRYPTION_KEYS })
        daemon.child.stdout?.resume()
        await committed
        return (performance.now() - startedMs) / 1000
      },
      async baseline() {
        const startedMs = performance.now()
        await using node = startNode([CONNECT_ONLY], env)
        await readLine(node.child, /connected/)
        return (performance.now() - startedMs) / 1000
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

/** Hears of each commit of a new token in the moment in which it is one. */
async function listenForCommits(databaseUrl: string): Promise<{ next(): Promise<void> } & AsyncDisposable> {
  const client = new Client(databaseUrl)
  await client.connect()
  await client.query(
    `create function tell_bench() returns trigger language plpgsql as $$
     begin perform pg_notify('bench', ''); return null; end $$;
     create trigger tell_bench after update of sealed on account_credentials for each row execute function tell_bench();
     listen bench`,
  )
  return {
    next: () => new Promise((heard) => client.once('notification', () => heard())),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

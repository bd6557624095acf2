import type { HerdReport } from '../test/herd/judge.ts'
import { runHerd } from '../test/herd/run-herd.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { startPostgres, startRedis } from './setup/servers.ts'

const ACCOUNTS = { full: 100_000, quick: 2000 }
const PER_SECOND = { full: 500, quick: 100 }
/** An attempt of two hundred may take 0.4 s, and the limit is used all the same. */
const SETTINGS = { scanIntervalMs: 2000, workerConcurrency: 100 }

/**
 * The ideal is reckoned from the same run: in the order of deadlines, one exactly every so many milliseconds from the first
 * request on. The deadlines lie within the minute that begins when half of the accounts can have been served.
 */
export const herding: Benchmark = {
  name: 'herding',
  measures: 'accounts late, of 100,000 due in one minute at a platform that takes 500 requests per second',
  ours: 'two daemons that keep the limit, in one process',
  baseline: 'the ideal schedule, earliest deadline first at the limit',
  unit: 'accounts',
  bound: { atMost: 1.02 },
  rounds: 3,
  warmsUp: false,
  async open(size) {
    await using stack = new AsyncDisposableStack()
    const postgres = stack.use(await startPostgres())
    const redis = stack.use(await startRedis())
    const reports: HerdReport[] = []
    /** Both sides of a round are of one run. */
    const take = async (side: (report: HerdReport) => number, round: number) => {
      for (let runs = reports.length; runs < round; runs++) {
        const { db, url } = await postgres.database(`herding_${runs}`)
        const query = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
          (await db.query<Row>(sql, [...values])).rows
        const herd = { accounts: ACCOUNTS[size], perSecond: PER_SECOND[size], outageMs: 0, ...SETTINGS }
        reports.push(await runHerd({ database: { db, url, query }, redisUrl: redis.url, ...herd }))
      }
      const report = reports[round - 1]
      if (report === undefined) throw new Error('a round without a run')
      const { judged } = report.mostInOneSecond
      if (judged > report.perSecond) throw new Error(`${judged} requests in a second: the limit was not kept`)
      if (report.replays > 0) throw new Error(`${report.replays} tokens were shown twice`)
      return side(report)
    }
    let [ours, baselines] = [0, 0]
    const opened = stack.move()
    return {
      ours: () => take(({ late }) => late.accounts, ++ours),
      baseline: () => take(({ late }) => late.ideal, ++baselines),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

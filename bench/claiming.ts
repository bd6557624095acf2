import { claimDue } from '../src/database/claim-due.ts'
import type { Database } from '../src/database/connect.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { fillFleet, settleDatabase } from './setup/fleet.ts'
import { startPostgres } from './setup/servers.ts'

const DUE = 500
const CLAIMS = 10
const FEW = 10_000
const MANY = { full: 1_000_000, quick: 50_000 }

export const claiming: Benchmark = {
  name: 'claiming',
  measures: 'time to claim 500 due accounts',
  ours: '1,000,000 scheduled',
  baseline: '10,000 scheduled',
  unit: 'ms',
  bound: { atMost: 1.3 },
  rounds: 9,
  warmsUp: true,
  async open(size) {
    await using stack = new AsyncDisposableStack()
    const postgres = stack.use(await startPostgres())
    const [many, few] = [await postgres.database('many'), await postgres.database('few')]
    await fillFleet(many.db, { accounts: MANY[size], workspaces: 1000 })
    await fillFleet(few.db, { accounts: FEW, workspaces: 1000 })
    const opened = stack.move()
    return {
      ours: () => claim(many.db, MANY[size]),
      baseline: () => claim(few.db, FEW),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

/** Accounts that are due have nothing to do with each other: they lie all over the table. */
async function claim(db: Database, accounts: number): Promise<number> {
  let ms = 0
  for (let claims = 0; claims < CLAIMS; claims++) {
    await db.query(
      `update refresh_schedule set due_at = now() - interval '1 s', claimed_at = null
       where account_id in (select 'soc_' || lpad((number * $2 + $3)::text, 24, '0') from generate_series(0, $1 - 1) as number)`,
      [DUE, Math.floor(accounts / DUE), 1 + (claims % Math.floor(accounts / DUE))],
    )
    const startedMs = performance.now()
    const claimed = await claimDue(db, { app: 'X', limit: DUE, visibilityMs: 120_000 })
    ms += performance.now() - startedMs
    if (claimed.length !== DUE) throw new Error(`${claimed.length} accounts were claimed instead of ${DUE}`)
    await db.query(`update refresh_schedule set due_at = now() + interval '1 day' where claimed_at is not null`)
  }
  // Both have as much to clean up, and one of them a table on which autovacuum begins earlier.
  await settleDatabase(db)
  return ms / CLAIMS
}

import { request } from 'undici'
import type { Benchmark } from './harness/benchmark.ts'
import { LIST_LIMITS, makeAuthorization } from './listing.ts'
import { fillFleet } from './setup/fleet.ts'
import { readMemoryMb } from './setup/proc.ts'
import { startDaemonProcess } from './setup/processes.ts'
import { startPostgres } from './setup/servers.ts'

const FEW = 1000
const MANY = { full: 100_000, quick: 20_000 }
const ANSWERS = 5

export const largeList: Benchmark = {
  name: 'large-list',
  measures: 'peak memory of the list module',
  ours: 'five lists of 100,000 accounts',
  baseline: 'five lists of 1,000 accounts',
  unit: 'MiB',
  bound: { atMost: 1.5 },
  rounds: 5,
  warmsUp: false,
  async open(size) {
    await using stack = new AsyncDisposableStack()
    const postgres = stack.use(await startPostgres())
    const [many, few] = [await postgres.database('many'), await postgres.database('few')]
    await fillFleet(many.db, { accounts: MANY[size], workspaces: 1000 })
    await fillFleet(few.db, { accounts: FEW, workspaces: 1000 })
    const [authorization, ofFew] = [await makeAuthorization(many.db), await makeAuthorization(few.db)]
    const opened = stack.move()
    return {
      ours: () => measurePeak(many.url, authorization, MANY[size]),
      baseline: () => measurePeak(few.url, ofFew, FEW),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

/** In a process of its own, because a peak never goes away. */
async function measurePeak(databaseUrl: string, authorization: string, accounts: number): Promise<number> {
  await using daemon = await startDaemonProcess({ ...LIST_LIMITS, DATABASE_URL: databaseUrl }, ['list'])
  for (let answer = 0; answer < ANSWERS; answer++) {
    const { statusCode, body } = await request(`${daemon.url}/api/v1/social-accounts`, { headers: { authorization } })
    const listed = (await body.json()) as unknown[]
    if (statusCode !== 200 || listed.length !== accounts) {
      throw new Error(`${listed.length} accounts were listed with status ${statusCode}, instead of ${accounts}`)
    }
  }
  return readMemoryMb(daemon.pid, 'peak')
}

import process from 'node:process'

/** What every baseline of the full path is told. */
export interface Race {
  readonly databaseUrl: string
  /** Null: the queue is in PostgreSQL. */
  readonly redisUrl: string | null
  /** Of the platform. */
  readonly origin: string
  readonly accounts: number
  readonly concurrency: number
}

export function readRace(): Race {
  const { DATABASE_URL = '', REDIS_URL = '', ORIGIN = '', ACCOUNTS, CONCURRENCY } = process.env
  return {
    databaseUrl: DATABASE_URL,
    redisUrl: REDIS_URL === '' ? null : REDIS_URL,
    origin: ORIGIN,
    accounts: Number(ACCOUNTS),
    concurrency: Number(CONCURRENCY),
  }
}

/** Runs to the end and says how many accounts a second that was. */
export async function runRace({ accounts }: Race, run: () => Promise<void>): Promise<void> {
  const startedMs = performance.now()
  await run()
  console.log(`rate ${(1000 * accounts) / (performance.now() - startedMs)}`)
}

/** Resolves when `done` was called so often. */
export function countDown(times: number): { readonly done: () => void; readonly all: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = times
  return {
    done: () => {
      left--
      if (left === 0) resolve()
    },
    all: promise,
  }
}

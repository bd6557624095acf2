import type { Backend, Fault, World } from '../fault.ts'
import { endListeners, endSessions, takeAllConnections } from './daemon-connections.ts'
import { lockAccounts } from './locked-accounts.ts'
import { confirmationsLost, down, goneBeforeCommit, readOnly, restart, silentBeforeCommit } from './postgres-away.ts'
import { blackhole } from './proxy-faults.ts'
import { loseScanEntry, plantStrayJobs, takeJobsAway } from './queue-damage.ts'

const BOTH: readonly Backend[] = ['redis', 'postgresql']
const QUEUE: readonly Backend[] = ['postgresql']
/** Longer than the lease of an attempt. */
const BEYOND_LEASE_MS = 100_000

/** What happens to PostgreSQL, and to the queue when it is in there. */
export const postgresFaults: readonly Fault[] = [
  short('all sessions ended', endSessions),
  short('restart', (world) => restart(world, 'fast')),
  short('crash and restart', (world) => restart(world, 'immediate')),
  short('down for 3 s', (world) => down(world, 3000)),
  long('down for 12 s', (world) => down(world, 12_000)),
  short('gone exactly between answer and commit for 1 s', (world) => goneBeforeCommit(world, 1000)),
  long('gone exactly between answer and commit for longer than the lease', (world) =>
    goneBeforeCommit(world, BEYOND_LEASE_MS),
  ),
  long('silent exactly between answer and commit for 40 s', (world) => silentBeforeCommit(world, 40_000)),
  short('confirmations of commits lost', (world) => confirmationsLost(world, 500)),
  short('no connection left for 4 s', (world) => takeAllConnections(world, 4000)),
  long('no connection left for 10 s', (world) => takeAllConnections(world, 10_000)),
  short('read-only for 3 s', (world) => readOnly(world, 3000)),
  long('read-only for 10 s', (world) => readOnly(world, 10_000)),
  short('rows of accounts locked for 3 s', (world) => lockAccounts(world, 3000)),
  long('rows of accounts locked for 30 s', (world) => lockAccounts(world, 30_000)),
  short('blackhole for 3 s', (world) => blackhole(world, world.proxies.postgres, 3000)),
  long('blackhole for 20 s', (world) => blackhole(world, world.proxies.postgres, 20_000)),
  long('blackhole for 60 s', (world) => blackhole(world, world.proxies.postgres, 60_000)),
  short('listening sessions ended', endListeners, QUEUE),
  short('scheduler entry deleted', loseScanEntry, QUEUE),
  short('stray jobs planted', plantStrayJobs, QUEUE),
  short('jobs stuck in active', takeJobsAway, QUEUE),
]

type Strike = (world: World) => Promise<void>

function short(what: string, strike: Strike, backends = BOTH): Fault {
  return { name: `postgres: ${what}`, backends, isShort: true, strike }
}

function long(what: string, strike: Strike): Fault {
  return { name: `postgres: ${what}`, backends: BOTH, isShort: false, strike }
}

import { round } from '../harness/results.ts'

/** What a run came to, of one refresh each, in microseconds. */
export interface Profile {
  readonly accounts: number
  readonly perSecond: number
  readonly concurrency: number
  readonly machine: string
  readonly measuredAt: Date
  /** CPU of each process. */
  readonly processes: ReadonlyMap<string, number>
  /** The daemon's main thread by what it does, as the clock went, from the start of the process to its end. */
  readonly stages: ReadonlyMap<string, number>
  readonly statements: readonly Statement[]
}

export interface Statement {
  readonly what: string
  readonly calls: number
  readonly rowsPerCall: number
  /** Microseconds of planning and execution per account, as the clock went: waits for the disk and for a core included. */
  readonly micros: number
  readonly walBytes: number
}

export function renderProfile(profile: Profile): string {
  const { accounts, perSecond, concurrency, machine, measuredAt } = profile
  return [
    '# Where the time of a refresh goes',
    '',
    '`npm run profile` writes this file: a daemon of two roles refreshes accounts of X with the queue in Redis, everything on',
    'one machine. Microseconds per account.',
    '',
    `${accounts} accounts at ${round(perSecond)} per second, ${concurrency} at once; ${machine}; ${measuredAt.toISOString().slice(0, 10)}.`,
    '',
    '## CPU of the processes',
    '',
    ...tableOf('process', profile.processes),
    '',
    "## The daemon's main thread",
    '',
    'By the clock, from the start of the process to its end: the sum is more than its CPU above, since moments in which',
    'another process had the core are in it. Told by the innermost of our files or libraries on the stack, by samples of',
    '`--cpu-prof`, which costs some time itself.',
    '',
    ...tableOf('what it does', profile.stages),
    '',
    '## Statements',
    '',
    'By `pg_stat_statements`, as the clock went: where two cores do everything, a statement waits for one.',
    '',
    '| statement | µs per account | accounts per call | calls | bytes of WAL per account |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...profile.statements.map(
      ({ what, micros, rowsPerCall, calls, walBytes }) =>
        `| ${what} | ${round(micros)} | ${round(rowsPerCall)} | ${calls} | ${round(walBytes)} |`,
    ),
    '',
  ].join('\n')
}

function tableOf(head: string, micros: ReadonlyMap<string, number>): string[] {
  const sum = [...micros.values()].reduce((total, part) => total + part, 0)
  const rows = [...micros].toSorted(([, one], [, other]) => other - one)
  const share = (part: number) => `${Math.round((100 * part) / sum)} %`
  return [
    `| ${head} | µs | share |`,
    '| --- | ---: | ---: |',
    ...rows.map(([name, part]) => `| ${name} | ${round(part)} | ${share(part)} |`),
    `| together | ${round(sum)} | |`,
  ]
}

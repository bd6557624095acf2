import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Backend, Fault } from './fault.ts'
import { faultsOf } from './faults/all.ts'
import { recoveryBoundMs } from './freshness.ts'
import { seededRandom, shuffled } from './random.ts'
import { writeReport } from './report.ts'
import { runFaults } from './run.ts'
import { startWorld } from './world.ts'

const USAGE = 'npm run chaos -- --minutes N [--seed S] [--backend redis|postgresql] [--report FILE]'

/** Long enough that a lease ends before the token does, and short enough that each account is renewed many times. */
const LIFETIMES_S = { X: 320, BLUESKY: 180, YOUTUBE: 150 }
const FLEET = { X: 120, BLUESKY: 40, YOUTUBE: 40 }
/** As in production. */
const GRACE_MS = 2 * 60 * 60_000

/** Breaks things for some minutes. Exit code 1: a promise was not kept; then the logs stay. */
async function main(): Promise<number> {
  const wanted = readArguments()
  if (wanted === null) {
    console.error(`Usage: ${USAGE}`)
    return 2
  }
  const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-chaos-'))
  const isKept = await breakThings(wanted, folder)
  if (isKept) await rm(folder, { recursive: true, force: true })
  return isKept ? 0 : 1
}

/** @returns whether all promises were kept */
async function breakThings({ minutes, seed, backend, report }: Arguments, folder: string): Promise<boolean> {
  const startedAt = new Date()
  const say = (line: string) => console.log(`${new Date().toISOString()} ${line}`)
  say(`seed ${seed}, ${backend}, logs in ${folder}`)
  const latencies = seededRandom(`${seed} latencies`)
  await using world = await startWorld({
    ...{ backend, seed, folder, fleet: FLEET, lifetimesS: LIFETIMES_S, graceMs: GRACE_MS },
    latencyMs: () => 20 + 400 * latencies() ** 2,
  })
  let endsAt = startedAt.getTime() + minutes * 60_000
  process.once('SIGINT', () => {
    say('ends after this fault')
    endsAt = 0
  })
  const bag: Fault[] = []
  const nextFault = () => {
    if (Date.now() > endsAt) return null
    if (bag.length === 0) bag.push(...shuffled(faultsOf(backend), world.random))
    return bag.pop() ?? null
  }
  const run = await runFaults(world, { nextFault, boundMs: recoveryBoundMs, isHastened: false, say })
  const text = await writeReport({ world, run, seed, minutes, startedAt, lifetimesS: LIFETIMES_S })
  if (report !== undefined) await writeFile(report, text)
  console.log(text)
  return run.judge.violations.length === 0
}

interface Arguments {
  readonly minutes: number
  readonly seed: string
  readonly backend: Backend
  readonly report: string | undefined
}

/** Null: not what can be run. */
function readArguments(): Arguments | null {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({ options: { minutes: text, seed: text, backend: text, report: text } })
    const { seed = String(Date.now()), backend = 'redis', report } = values
    const minutes = Number(values.minutes)
    if (!(minutes > 0) || (backend !== 'redis' && backend !== 'postgresql')) return null
    return { minutes, seed, backend, report }
  } catch {
    return null
  }
}

process.exitCode = await main()

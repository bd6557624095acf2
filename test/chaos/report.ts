import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import type { Presentation } from '../fixtures/oracle/history.ts'
import type { Run } from './run.ts'
import type { Strike } from './strike.ts'
import type { WholeWorld } from './world.ts'

export interface ReportParts {
  readonly world: WholeWorld
  readonly run: Run
  readonly seed: string
  readonly minutes: number
  readonly startedAt: Date
  readonly lifetimesS: Readonly<Record<string, number>>
}

/** Writes down what was broken, what the platform saw, and what came of it. */
export async function writeReport(parts: ReportParts): Promise<string> {
  const { world, run, seed, minutes, startedAt, lifetimesS } = parts
  const { violations, losses } = run.judge
  const took = (Date.now() - startedAt.getTime()) / 60_000
  const lifetimes = Object.entries(lifetimesS).map(([platform, seconds]) => `${platform} ${seconds} s`)
  return [
    `# Chaos run on ${world.backend}: ${violations.length} violations`,
    '',
    ...[`* Begun ${startedAt.toISOString()}, ${took.toFixed(0)} minutes (asked for: ${minutes}), seed \`${seed}\``],
    ...[`* ${await versionsOf(world)}`, `* ${machine()}`],
    `* ${world.accountIds.length} accounts, three daemons; access tokens live ${lifetimes.join(', ')}`,
    `* Interruptions of daemons: ${countBy(world.daemons.interruptions, ({ kind }) => kind)}`,
    `* Fresh after the start: ${seconds(run.startedUpMs)}`,
    ...['', '## Faults', '', ...faultTable(run.strikes)],
    ...['', '## What the platform saw', '', ...presentationTable(world.oracle.presentations)],
    ...['', '## Attempts by outcome', '', ...(await attemptTable(world))],
    ...['', `## Lost rotations: ${losses.length}`, ''],
    ...losses.map(({ account, at, explanation: { kind, daemon, afterAnswerMs } }) => {
      const when = afterAnswerMs === null ? '' : `, ${afterAnswerMs} ms after the answer was handed over`
      return `* ${at.toISOString()} ${account}: ${kind.replaceAll('_', ' ')} (${daemon}${when})`
    }),
    ...['', `## Violations: ${violations.length}`, ''],
    ...violations.map(({ invariant, account, what, at }) => {
      return `* ${invariant} ${at.toISOString()} ${account ?? ''}: ${what}`
    }),
    '',
  ].join('\n')
}

async function versionsOf(world: WholeWorld): Promise<string> {
  const root = new URL('../../', import.meta.url)
  const { version, dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  const [server] = await world.query<{ server_version: string }>('show server_version')
  const bullmq = `BullMQ ${dependencies.bullmq}`
  return `token-refresh-worker ${version}, Node ${process.versions.node}, ${bullmq}, PostgreSQL ${server?.server_version}`
}

function machine(): string {
  const processors = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return `${processors.length} × ${processors[0]?.model.trim()}, ${gigabytes} GB, ${process.platform} ${release()}`
}

function faultTable(strikes: readonly Strike[]): string[] {
  const byName = Map.groupBy(strikes, ({ fault }) => fault)
  const rows = [...byName].map(([name, all]) => {
    const recoveries = all.map(({ recoveredMs }) => recoveredMs)
    const longest = recoveries.includes(null) ? null : Math.max(...recoveries.map(Number))
    return [name, String(all.length), seconds(longest)]
  })
  return table(['fault', 'times', 'longest until all was fresh again'], rows.sort())
}

function presentationTable(presentations: readonly Presentation[]): string[] {
  const byPlatform = Map.groupBy(presentations, ({ platform }) => platform)
  const rows = [...byPlatform].map(([platform, all]) => [
    ...[platform, String(all.length), countBy(all, ({ verdict }) => verdict)],
    String(all.filter(({ isHandedOver }) => isHandedOver === false).length),
  ])
  return table(['platform', 'tokens presented', 'verdicts', 'answers lost'], rows)
}

async function attemptTable(world: WholeWorld): Promise<string[]> {
  const rows = await world.query<{ platform: string; outcome: string; code: string; count: string }>(
    `select platform, coalesce(outcome, 'never finished') as outcome, coalesce(error_code, '') as code, count(*)
     from refresh_attempts group by 1, 2, 3 order by 1, 2, 3`,
  )
  return table(
    ['platform', 'outcome', 'code', 'attempts'],
    rows.map(({ platform, outcome, code, count }) => [platform, outcome, code, count]),
  )
}

function countBy<T>(things: readonly T[], nameOf: (thing: T) => string): string {
  const counts = [...Map.groupBy(things, nameOf)].map(([name, all]) => `${all.length} ${name}`)
  return counts.join(', ') || 'none'
}

const seconds = (ms: number | null) => (ms === null ? 'not within the bound' : `${(ms / 1000).toFixed(1)} s`)

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

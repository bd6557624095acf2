import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { benchmarks } from './all.ts'
import { readArguments, usage, type Wanted } from './harness/arguments.ts'
import { describeMachine } from './harness/machine.ts'
import { type Result, readResults, renderTable, writeResults } from './harness/results.ts'
import { runBenchmark } from './harness/run.ts'

// `npm run bench`: ours against a baseline that is measured in the same run. Exits with 1 when a bound does not hold.

const RESULTS = fileURLToPath(new URL('./RESULTS.md', import.meta.url))

const wanted = readArguments(
  process.argv.slice(2),
  benchmarks.map(({ name }) => name),
)
if (wanted.kind === 'wrong') {
  console.error(`${wanted.problem}\n\n${usage(benchmarks)}`)
  process.exitCode = 2
} else if (wanted.kind === 'help') console.log(usage(benchmarks))
else await runAll(wanted)

async function runAll({ names, size, rounds }: Wanted): Promise<void> {
  const { signal, isInterrupted } = untilInterrupted()
  const machine = await describeMachine()
  console.log(machine)
  const chosen = benchmarks.filter(({ name }) => names.includes(name))
  const results: Result[] = []
  for (const benchmark of chosen) {
    try {
      const result = await runBenchmark(benchmark, { size, rounds, machine, signal, print: console.log })
      if (size === 'quick') continue
      results.push(result)
      if (!result.holds) process.exitCode = 1
      await keep(result)
    } catch (error) {
      if (isInterrupted()) process.exit(130)
      // Of the others there is something to be learnt all the same.
      process.exitCode = 1
      console.error(`${benchmark.name} broke off:`, error)
    }
  }
  if (size === 'quick') console.log('\nSmall sizes: the bounds are not meant for them.')
  else console.log(['', ...renderTable(chosen, results), '', `Written to ${RESULTS}`].join('\n'))
}

/** After each: whoever interrupts the rest keeps what there is. */
async function keep(result: Result): Promise<void> {
  const others = (await readResults(RESULTS)).filter(({ name }) => name !== result.name)
  await writeResults(RESULTS, benchmarks, [...others, result])
}

/** The servers would outlive a process that simply ends. */
function untilInterrupted() {
  const interruption = new AbortController()
  const onSignal = () => {
    console.error('Stopping: the servers first, and what is being set up is finished before.')
    interruption.abort(new Error('interrupted'))
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  return { signal: interruption.signal, isInterrupted: () => interruption.signal.aborted }
}

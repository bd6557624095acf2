import { parseArgs } from 'node:util'
import { explore } from './explore.ts'
import { holdTime } from './held-time.ts'

const { values } = parseArgs({
  options: { steps: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
})
const steps = Number(values.steps ?? 1_000_000)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)

console.error(`${steps} steps from seed ${seed}`)
const time = holdTime()
try {
  console.table(Object.fromEntries(await explore(time, { steps, seed, shrinks: values.quick !== true })))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

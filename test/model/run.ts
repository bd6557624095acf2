import { readOptions } from '../fixtures/command-line.ts'
import { explore } from './explore.ts'
import { holdTime } from './held-time.ts'

const { steps, seed, shrinks } = readOptions('model', {
  ...{ steps: 1_000_000, seed: Date.now() % 2 ** 31 },
  // A failure is made as short as it can be; that can take longer than finding it.
  shrinks: ['yes', 'no'],
})

console.error(`${steps} steps from seed ${seed}`)
const time = holdTime()
try {
  console.table(Object.fromEntries(await explore(time, { steps, seed, shrinks: shrinks === 'yes' })))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

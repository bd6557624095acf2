import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

// `npm run fuzz -- --cases N [--seed S]`: the tests of this folder, with so many cases for each property.

const USAGE = 'Usage: npm run fuzz -- [--cases N] [--seed S]\n'
const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))

process.exitCode = run()

function run(): number {
  const given = readNumbers()
  if (given === null) {
    process.stderr.write(USAGE)
    return 2
  }
  const { cases, seed } = given
  process.stdout.write(`${cases} cases of each property, from seed ${seed}\n`)
  const env = { ...process.env, FUZZ_CASES: String(cases), FUZZ_SEED: String(seed) }
  return spawnSync(process.execPath, [VITEST, 'run', 'test/fuzz'], { env, stdio: 'inherit' }).status ?? 1
}

/** Null: not what can be run. */
function readNumbers(): { cases: number; seed: number } | null {
  try {
    const { values } = parseArgs({ options: { cases: { type: 'string' }, seed: { type: 'string' } } })
    const cases = Number(values.cases ?? 100_000)
    const seed = Number(values.seed ?? randomInt(2 ** 31))
    return Number.isSafeInteger(cases) && cases > 0 && Number.isSafeInteger(seed) ? { cases, seed } : null
  } catch {
    return null
  }
}

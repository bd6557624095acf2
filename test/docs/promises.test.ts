import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const readme = readFileSync(`${ROOT}README.md`, 'utf8')

/** The promises, each with its continued lines. */
const promises = readme
  .slice(readme.indexOf('## What it promises'), readme.indexOf('Not promised:'))
  .split('\n* ')
  .slice(1)

test('every promise of the README names a test, and every test that it names is there', () => {
  const named = promises.map((promise) =>
    [...promise.matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)].map(([, path]) => path ?? ''),
  )

  expect(promises.length).toBeGreaterThan(5)
  expect(promises.filter((_promise, at) => named[at]?.length === 0)).toEqual([])
  expect(named.flat().filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([])
})

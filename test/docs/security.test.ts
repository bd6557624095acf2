import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { LIST_ROLE } from '../../src/database/list-role.ts'
import { SETTINGS } from '../../src/settings.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(`${ROOT}SECURITY.md`, 'utf8')

test('every test that SECURITY.md names is there', () => {
  const named = [...page.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path]) => path ?? '')

  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([])
})

test('every setting that it names is one, and so is the role', () => {
  const settings = new Set<string>([...SETTINGS.map(({ name }) => name), 'NODE_OPTIONS'])
  const named = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)\b/g)].map(([, name]) => name ?? '')

  expect(named.filter((name) => !settings.has(name))).toEqual([])
  expect(page).toContain(LIST_ROLE)
})

test('the README leads to it', () => {
  expect(readFileSync(`${ROOT}README.md`, 'utf8')).toContain('](SECURITY.md)')
})

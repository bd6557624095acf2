import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../', import.meta.url))

/** What a tool of the project prints when it is not content; nothing when it is. */
function complaintsOf(tool: string, args: readonly string[]): string {
  try {
    execFileSync(`${ROOT}node_modules/.bin/${tool}`, args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return `${stdout}${stderr}`
  }
}

test.each([
  ['the daemon', []],
  ['the page', ['-p', 'tsconfig.page.json']],
  ['the tests of the page', ['-p', 'test/list/page']],
])('the types fit in %s', (_what, args) => {
  expect(complaintsOf('tsc', args)).toBe('')
})

test('the linter has nothing to say', () => {
  expect(complaintsOf('biome', ['ci'])).toBe('')
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../fixtures/process.ts'

/** What npm tells a script of ours that it runs. */
const ofNpm = { npm_package_name: 'token-refresh-worker', npm_lifecycle_event: 'cli' }

test('the scripts of a checkout read .env where there is one, and say nothing where there is none', async () => {
  await using stack = new AsyncDisposableStack()
  const cwd = await mkdtemp(join(tmpdir(), 'token-refresh-worker-env-'))
  stack.defer(() => rm(cwd, { recursive: true, force: true }))

  const without = await run(['status'], { cwd, env: ofNpm })
  await writeFile(join(cwd, '.env'), 'PORT=70000\n')
  const withFile = await run(['status'], { cwd, env: ofNpm })
  const byItself = await run(['status'], { cwd })

  expect(without.stderr).toBe('No database: start the daemon first (npm start), or set DATABASE_URL.\n')
  expect(withFile.stderr).toContain('PORT: must be')
  expect(byItself.stderr).toBe(without.stderr)
})

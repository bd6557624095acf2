import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backends, isMissing } from '../fixtures/redis.ts'
import { runShort, shortFaultsOf } from './short-run.ts'

describe.each(backends)('three daemons on $backend', ({ backend }) => {
  test.skipIf(isMissing(backend))(
    'keep every promise while processes, servers and platforms break',
    { timeout: 300_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-test-'))
      try {
        const { judge, strikes, presentations } = await runShort(backend, folder, () => {})

        expect(judge.violations).toEqual([])
        expect(strikes.map(({ fault }) => fault)).toEqual(shortFaultsOf(backend).map(({ name }) => name))
        expect(presentations).toBeGreaterThan(20)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})

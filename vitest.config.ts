import { defineConfig } from 'vitest/config'
import { Tally } from './test/setup/tally.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/servers.ts'],
    reporters: ['default', new Tally()],
    pool: 'forks',
    // Tests wait for events on real servers; only one that hangs gets here.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})

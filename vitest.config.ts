import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/setup/longest-first.ts'
import { Tally } from './test/setup/tally.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // How the faults of the chaos runs are made, which take minutes: `npm run test:faults`.
    exclude: ['**/node_modules/**', 'test/chaos/faults/**'],
    globalSetup: ['test/setup/servers.ts'],
    reporters: ['default', new Tally()],
    pool: 'forks',
    // Most of a test's time is waiting for processes and servers, so that there may be more of them than cores.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // Tests wait for events on real servers; only one that hangs gets here.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

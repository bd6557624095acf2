import { defineConfig } from 'vitest/config'
import everything from './vitest.config.ts'

/** The tests of the tools with which chaos runs break things. */
export default defineConfig({
  test: { ...everything.test, include: ['test/chaos/faults/*.test.ts'], exclude: ['**/node_modules/**'] },
})

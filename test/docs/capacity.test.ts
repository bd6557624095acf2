import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { reckonPage } from '../fleet/capacity-page.ts'

test('the tables of the capacity page follow from its R and from the due shares (npm run capacity)', async () => {
  const page = await readFile(new URL('../../docs/capacity.md', import.meta.url), 'utf8')

  expect(page).toBe(reckonPage(page))
})

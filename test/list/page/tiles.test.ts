import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../../src/units.ts'
import { aBrowser, addressOf, enterKey, hasBrowser, keyOf } from '../../fixtures/browser.ts'
import { aKeyFor, aList, type TestList } from '../../fixtures/list.ts'
import { aRow, everyKindOfRow, insert } from '../../fixtures/rows.ts'

const later = (ms: number) => new Date(Date.now() + ms)

async function arrange(list: TestList) {
  await everyKindOfRow(list.database)
  await insert(list.database, 'platform_states', { app: 'PAUSED', paused_until: later(HOUR_MS), reason: 'unknown' })
  for (let count = 0; count < 3; count++) await aRow(list.database, { platform: 'YOUTUBE' }, { app: 'PAUSED' })
  for (let count = 0; count < 4; count++) await aRow(list.database, { platform: 'BLUESKY' })
  for (let count = 0; count < 2; count++)
    await aRow(list.database, { workspace_id: 'ws_2' }, { consecutive_failures: 1 })
}

/** The numbers of the tiles as a person reads them. */
async function readTiles(page: Page): Promise<Record<string, Record<string, number>>> {
  await page.locator('.tile').first().waitFor()
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll<HTMLElement>('.tile')].map((tile) => [
        tile.dataset.platform ?? '',
        Object.fromEntries(
          [...tile.querySelectorAll<HTMLElement>('.count')].map((count) => [
            count.dataset.health,
            Number(count.textContent),
          ]),
        ),
      ]),
    ),
  )
}

/** The same out of the tables, counted in another way than the page's answer is. */
async function countTiles(list: TestList, workspaceId: string | null) {
  const rows = await list.database.query<{ platform: string; health: string }>(
    `select a.platform, case
       when a.status <> 'ACTIVE' then 'reconnect_required'
       when s.app in (select app from platform_states where paused_until > now()) then 'paused'
       when s.consecutive_failures > 0 or a.token_expires_at < now() then 'retrying'
       else 'ok' end as health
     from social_accounts a join refresh_schedule s on s.account_id = a.id
     where a.status <> 'DISCONNECTED' and ($1::text is null or a.workspace_id = $1)`,
    [workspaceId],
  )
  const tiles: Record<string, Record<string, number>> = {}
  for (const { platform, health } of rows) {
    tiles[platform] ??= { ok: 0, retrying: 0, paused: 0, reconnect_required: 0 }
    tiles[platform][health] = (tiles[platform][health] ?? 0) + 1
  }
  return tiles
}

describe.skipIf(!hasBrowser())('the tiles', () => {
  test('say what is in the database, and the totals are their sum', async () => {
    await using list = await aList()
    await arrange(list)
    await using browser = await aBrowser()
    const { page, complaints } = await browser.open(await addressOf(list))

    await enterKey(page, keyOf(list))

    const tiles = await countTiles(list, null)
    expect(await readTiles(page)).toEqual(tiles)
    for (const health of ['ok', 'retrying', 'paused', 'reconnect_required']) {
      const sum = Object.values(tiles).reduce((total, tile) => total + (tile[health] ?? 0), 0)
      expect(await page.locator(`[data-total=${health}]`).textContent()).toBe(String(sum))
    }
    expect(await page.locator('[data-platform=YOUTUBE] .pause').textContent()).toMatch(
      /^Paused for \d+.s, \d+.min left$/,
    )
    expect(complaints).toEqual([])
  })

  test('count what the key reaches, and of that one workspace when it is asked for', async () => {
    await using list = await aList()
    await arrange(list)
    const key = (await aKeyFor(list.database, ['ws_2'])).replace('Bearer ', '')
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))

    await enterKey(page, key)

    expect(await readTiles(page)).toEqual(await countTiles(list, 'ws_2'))
    await page.getByLabel('Workspace').fill('ws_1')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('This key does not reach that workspace.').waitFor()
    await page.getByLabel('Workspace').fill('ws_2')
    await page.keyboard.press('Enter')
    expect(await readTiles(page)).toEqual(await countTiles(list, 'ws_2'))
  })
})

test.skipIf(!hasBrowser())(
  'the charts show in which hour and on which day tokens end, and what nothing renews',
  async () => {
    await using list = await aList()
    for (const ms of [HOUR_MS / 2, 5.5 * HOUR_MS, 5.6 * HOUR_MS, 3.5 * DAY_MS, 40 * DAY_MS])
      await aRow(list.database, { token_expires_at: later(ms) })
    await aRow(list.database, { token_expires_at: later(3.5 * DAY_MS) }, { renewable: false })
    await aRow(list.database, { token_expires_at: null })
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))

    await enterKey(page, keyOf(list))

    await page.locator('.chart').first().waitFor()
    const tables = await page.evaluate(() =>
      [...document.querySelectorAll('.chart table')].map((table) =>
        [...table.querySelectorAll('tbody tr')]
          .map((row) => [...row.children].map((cell) => cell.textContent).join(' '))
          .filter((row) => !row.endsWith(' 0 0')),
      ),
    )
    expect(tables).toEqual([['Hour 1 1 0', 'Hour 6 2 0'], ['Day 4 1 1']])
    expect(await page.locator('.legend .others').textContent()).toBe('1 after day 30 · 1 without an end')
  },
)

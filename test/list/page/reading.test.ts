import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { aBrowser, addressOf, enterKey, findBarriers, hasBrowser, keyOf } from '../../fixtures/browser.ts'
import { aList, type TestList } from '../../fixtures/list.ts'
import { aRow, insert } from '../../fixtures/rows.ts'

const REASON = 'X no longer accepts the saved authorisation. Reconnect the account.'

async function arrange(list: TestList): Promise<string> {
  await aRow(list.database, { handle: '@fine' })
  await aRow(list.database, { handle: '@tried', platform: 'BLUESKY' }, { consecutive_failures: 3 })
  const id = await aRow(list.database, { handle: '@dead', status: 'TOKEN_EXPIRED', last_refresh_error: REASON })
  for (let number = 1; number <= 30; number++)
    await insert(list.database, 'refresh_attempts', {
      account_id: id,
      platform: 'X',
      trigger: number === 30 ? 'operator' : 'schedule',
      started_at: new Date(Date.now() - (31 - number) * 60_000),
      finished_at: new Date(Date.now() - (31 - number) * 60_000 + 120),
      outcome: number === 30 ? 'token_expired' : 'renewed',
      http_status: number === 30 ? 400 : 200,
      error_code: number === 30 ? 'invalid_grant' : null,
      error: number === 30 ? REASON : null,
      worker: 'w',
    })
  return id
}

const handlesOf = (page: Page) => page.locator('.accounts:not(.old) .link').allTextContents()

/** Waits for a list, because it comes a moment after it is asked for. */
const expectHandles = (page: Page, handles: readonly string[]) =>
  expect.poll(() => handlesOf(page), { timeout: 20_000 }).toEqual(handles)

describe.skipIf(!hasBrowser())('the accounts', () => {
  test('that need attention come first, the worst on top, with their reason', async () => {
    await using list = await aList()
    await arrange(list)
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))

    await enterKey(page, keyOf(list))

    await expectHandles(page, ['@dead', '@tried'])
    expect(await page.locator('.accounts .reason').first().textContent()).toContain(REASON)
    expect(await page.locator('.verdict .sentence').textContent()).toContain('1 account needs its owner.')
  })

  test('are filtered by platform and by how they stand, with the keyboard, and going back goes back', async () => {
    await using list = await aList()
    await arrange(list)
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))
    await enterKey(page, keyOf(list))
    await expectHandles(page, ['@dead', '@tried'])

    await page.locator('[data-platform=BLUESKY]').focus()
    await page.keyboard.press('Enter')
    await expectHandles(page, ['@tried'])
    expect(await page.locator('[data-platform=BLUESKY]').getAttribute('aria-pressed')).toBe('true')
    await page.keyboard.press('Space')
    await expectHandles(page, ['@dead', '@tried'])
    await page.getByRole('group', { name: 'How they stand' }).getByRole('button', { name: /^All/ }).focus()
    await page.keyboard.press('Enter')
    await expectHandles(page, ['@dead', '@tried', '@fine'])
    await page.getByLabel('Platform', { exact: true }).selectOption('X')
    await expectHandles(page, ['@dead', '@fine'])
    await page.goBack()
    await expectHandles(page, ['@dead', '@tried', '@fine'])
  })

  test('are shown in pages', async () => {
    await using list = await aList()
    for (let number = 0; number < 120; number++)
      await aRow(list.database, { handle: `@${number}`, connected_at: new Date(Date.UTC(2026, 0, 1, 0, 0, number)) })
    await using browser = await aBrowser()
    const { page } = await browser.open(`${await addressOf(list)}/#health=all`)
    await enterKey(page, keyOf(list))
    await page.getByText('1 to 50 of 120').waitFor()

    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('51 to 100 of 120').waitFor()
    expect((await handlesOf(page))[0]).toBe('@69')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('101 to 120 of 120').waitFor()
    await page.getByRole('button', { name: 'Previous' }).click()
    await page.getByText('51 to 100 of 120').waitFor()
  })

  test('may be called whatever they like: a name is text', async () => {
    await using list = await aList()
    const handle = '<img src=x onerror="document.title = 1"><script>document.title = 2</script>'
    await aRow(list.database, { handle, status: 'REVOKED', last_refresh_error: '<b>reason</b>' })
    await using browser = await aBrowser()
    const { page, complaints } = await browser.open(await addressOf(list))

    await enterKey(page, keyOf(list))

    await expectHandles(page, [handle])
    await page.getByText('<b>reason</b>').waitFor()
    expect(await page.title()).toBe('Social accounts')
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints).toEqual([])
  })
})

describe.skipIf(!hasBrowser())('the history of an account', () => {
  test('opens beside the page, closes with Escape, and the focus is where it was', async () => {
    await using list = await aList()
    await arrange(list)
    await using browser = await aBrowser()
    const { page, complaints } = await browser.open(await addressOf(list))
    await enterKey(page, keyOf(list))
    await page.getByRole('button', { name: '@dead' }).focus()

    await page.keyboard.press('Enter')

    const dialog = page.getByRole('dialog', { name: '@dead' })
    await dialog.locator('.attempts li').nth(24).waitFor()
    const first = await dialog.locator('.attempts li').first().innerText()
    expect(first).toContain('Grant is dead')
    expect(first).toContain(REASON)
    expect(first).toContain('by an operator · took 120 ms · HTTP 400 · invalid_grant')
    expect(await dialog.locator('.attempts li').count()).toBe(25)
    await dialog.getByRole('button', { name: 'Show older attempts' }).click()
    await dialog.locator('.attempts li').nth(29).waitFor()
    expect(await dialog.getByRole('button', { name: 'Show older attempts' }).count()).toBe(0)
    expect(await findBarriers(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('@dead')
    expect(complaints).toEqual([])
  })

  test('has an address of its own, also for an account that is not there', async () => {
    await using list = await aList()
    const id = await arrange(list)
    await using browser = await aBrowser()
    const url = await addressOf(list)
    const { page } = await browser.open(`${url}/#account=${id}`)
    await enterKey(page, keyOf(list))
    await page.getByRole('dialog', { name: '@dead' }).waitFor()

    await page.goto(`${url}/#account=soc_${'z'.repeat(24)}`)

    await page.getByRole('dialog').getByText('There is no such account any more').waitFor()
  })
})

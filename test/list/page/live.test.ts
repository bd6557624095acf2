import { describe, expect, test } from 'vitest'
import { aBrowser, addressOf, enterKey, findBarriers, hasBrowser, keyOf } from '../../fixtures/browser.ts'
import { aList } from '../../fixtures/list.ts'
import { aRow, everyKindOfRow } from '../../fixtures/rows.ts'

describe.skipIf(!hasBrowser())('the key', () => {
  test('is asked for once, kept in the tab alone, and forgotten on request', async () => {
    await using list = await aList()
    await aRow(list.database)
    await using browser = await aBrowser()
    const url = await addressOf(list)
    const { page } = await browser.open(url)

    await enterKey(page, keyOf(list))
    await page.locator('.verdict').waitFor()
    await page.reload()
    await page.locator('.verdict').waitFor()

    expect(await page.evaluate(() => [localStorage.length, document.cookie, location.href])).toEqual([0, '', `${url}/`])
    const other = await page.context().newPage()
    await other.goto(url)
    await other.getByLabel('API key').waitFor()
    await page.getByRole('button', { name: 'Forget the key' }).click()
    await page.getByLabel('API key').waitFor()
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
  })

  test('that is no good is asked for again, with what is wrong', async () => {
    await using list = await aList()
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))
    const asked: string[] = []
    page.on('request', (request) => request.url().includes('/api/') && asked.push(request.url()))

    await enterKey(page, 'pb_live_short')
    expect(await page.getByLabel('API key').evaluate((field: HTMLInputElement) => field.validationMessage)).toContain(
      '32',
    )
    expect(asked).toEqual([])
    await enterKey(page, `pb_live_${'a'.repeat(32)}`)
    await page.getByRole('alert').getByText('does not know this key').waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('key')

    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
  })

  test('that is revoked while the page is open brings the question back', async () => {
    await using list = await aList()
    await aRow(list.database)
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))
    await enterKey(page, keyOf(list))
    await page.locator('.verdict').waitFor()

    await list.database.query('update api_keys set revoked_at = now()')

    await page.getByRole('alert').getByText('revoked').waitFor()
  })
})

describe.skipIf(!hasBrowser())('while the page is open', () => {
  test('an account that fails appears by itself, is counted, and is said aloud', async () => {
    await using list = await aList()
    const id = await aRow(list.database, { handle: '@later' })
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))
    await enterKey(page, keyOf(list))
    await page.getByText('No account needs attention.').waitFor()
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }))

    await list.database.query(
      "update social_accounts set status = 'REVOKED', last_refresh_error = 'Withdrawn at X.', last_refresh_attempt_at = now() where id = $1",
      [id],
    )

    await page.locator('.accounts').getByText('Withdrawn at X.').waitFor()
    expect(await page.locator('[data-platform=X] [data-health=reconnect_required]').textContent()).toBe('1')
    expect(await page.getByRole('status').textContent()).toBe('1 more account needs its owner.')
    expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true)
  })

  test('a connection that is lost is told, and found again', async () => {
    await using list = await aList()
    await aRow(list.database)
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))
    await enterKey(page, keyOf(list))
    await page.locator('.live').getByText('Live').waitFor()

    await page.context().setOffline(true)
    await page.locator('.live').getByText('No connection · as of').waitFor()
    await page.context().setOffline(false)

    await page.locator('.live').getByText('Live').waitFor()
  })

  test('what cannot be asked is refused in words, and the next choice works again', async () => {
    await using list = await aList()
    await aRow(list.database)
    await using browser = await aBrowser()
    const url = await addressOf(list)
    const { page } = await browser.open(`${url}/#platform=NOWHERE`)

    await enterKey(page, keyOf(list))
    await page.getByRole('alert').getByText('platform').waitFor()
    await page.goto(`${url}/#`)

    await page.locator('.verdict').waitFor()
  })

  test('too many questions with one key are told with how long it takes, and the numbers stay', async () => {
    await using list = await aList({ env: { LIST_BURST_LIMIT: '3' } })
    await aRow(list.database)
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))

    await enterKey(page, keyOf(list))

    await page
      .locator('.live')
      .getByText(/Asked too often; again in \d+.s/)
      .waitFor()
    expect(await page.locator('.verdict').isVisible()).toBe(true)
  })

  test('nothing is asked while nobody can see it, and everything at once when somebody does', async () => {
    await using list = await aList()
    await aRow(list.database)
    await using browser = await aBrowser()
    const { page } = await browser.open(await addressOf(list))
    await enterKey(page, keyOf(list))
    await page.locator('.live').getByText('Live').waitFor()
    let asked = 0
    page.on('request', () => asked++)
    const show = (isHidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, isHidden)

    await show(true)
    await aRow(list.database)
    await page
      .locator('.live')
      .getByText(/Resting · as of (6|7|8|9|\d\d).s ago/)
      .waitFor()
    expect(asked).toBe(0)
    expect(await page.locator('[data-total=ok]').textContent()).toBe('1')
    await show(false)

    await page.locator('[data-total=ok]').getByText('2').waitFor()
  })
})

describe.skipIf(!hasBrowser())('nobody is shut out', () => {
  test.each(['light', 'dark'] as const)('in the %s theme, on a desk and on a phone', async (colorScheme) => {
    await using list = await aList()
    await everyKindOfRow(list.database)
    await aRow(list.database, {}, { consecutive_failures: 2 })
    await list.database.query(
      "insert into platform_states (app, paused_until, reason) values ('X', now() + interval '1 h', 'unknown')",
    )
    await using browser = await aBrowser()
    const url = await addressOf(list)
    for (const viewport of [
      { width: 1280, height: 900 },
      { width: 360, height: 740 },
    ]) {
      const { page } = await browser.open(url, { colorScheme, viewport })
      expect(await findBarriers(page)).toEqual([])
      await enterKey(page, keyOf(list))
      await page.locator('.accounts').waitFor()
      for (const details of await page.locator('.chart summary').all()) await details.click()
      expect(await findBarriers(page)).toEqual([])
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow).toBe(0)
    }
  })
})

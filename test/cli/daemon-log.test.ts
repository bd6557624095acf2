import { PassThrough } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import { openDaemonLog } from '../../src/cli/daemon-log.ts'
import { readConfig } from '../../src/config.ts'

/** Writes one line with an error to a log, and returns what has arrived at the other end. */
async function write(env: Record<string, string>, isTTY: boolean): Promise<string> {
  const output = Object.assign(new PassThrough(), { isTTY })
  let text = ''
  output.on('data', (chunk) => {
    text += chunk
  })
  const log = await openDaemonLog(readConfig(env, { keys: false }), { env, output })
  const err = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', request: 'CANARY' })
  log.error({ accountId: 'soc_1', err }, 'words')
  await vi.waitFor(() => expect(text).toContain('words'), 5000)
  return text
}

const isJson = (text: string) => text.startsWith('{') && JSON.parse(text).msg === 'words'

describe('the log of a daemon', () => {
  test('is JSON where no person looks, and can be read where one does', async () => {
    expect(isJson(await write({}, false))).toBe(true)
    expect(await write({}, true)).toMatch(/\d\d:\d\d:\d\d\.\d{3}.*ERROR.*words.*"accountId":"soc_1"/)
  })

  test('is what LOG_FORMAT says, wherever it goes', async () => {
    expect(isJson(await write({ LOG_FORMAT: 'json' }, true))).toBe(true)
    expect(await write({ LOG_FORMAT: 'pretty' }, false)).toMatch(/^\[[\d:.]+\] ERROR: words/)
  })

  test('has no colours where they are not wanted', async () => {
    const colour = String.fromCharCode(27)

    expect(await write({}, true)).toContain(colour)
    expect(await write({ NO_COLOR: '1' }, true)).not.toContain(colour)
  })

  test('says no more of an error to people than to programs', async () => {
    expect(await write({}, true)).not.toContain('CANARY')
    expect(await write({}, false)).not.toContain('CANARY')
  })
})

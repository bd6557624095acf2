import { describe, expect, test } from 'vitest'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { run } from '../fixtures/process.ts'
import { aRow } from '../fixtures/rows.ts'
import { aReceiver, eventsOf, verify } from '../fixtures/webhooks.ts'

const KEYS = `k:${'A'.repeat(43)}=`
const envOf = (database: TestDatabase, more: Record<string, string> = {}) => ({
  DATABASE_URL: database.url,
  TOKEN_ENCRYPTION_KEYS: KEYS,
  ALLOW_PRIVATE_NETWORK: '1',
  ...more,
})
type Env = ReturnType<typeof envOf>

const add = async (url: string, env: Env, ...options: string[]) =>
  JSON.parse((await run(['webhooks', 'add', url, '--json', ...options], { env })).stdout) as {
    id: string
    secret: string
  }

const list = async (env: Env) =>
  JSON.parse((await run(['webhooks', 'list', '--json'], { env })).stdout) as Record<string, unknown>[]

describe('webhooks add', () => {
  test('prints the secret once and stores it sealed', async () => {
    await using database = await aDatabase()
    const env = envOf(database)

    const plain = await run(['webhooks', 'add', 'https://hooks.example.com/a?b=c'], { env })
    const some = ['--events', 'account.revoked, account.recovered', '--workspace', 'ws_1', 'ws_2']
    const json = await add('https://hooks.example.com', env, ...some)

    expect(plain).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_[\w+/]{43}=\n$/) })
    expect(plain.stderr).toMatch(/^Added we_[0-9a-z]{24}\. Keep its secret now/)
    expect(json).toMatchObject({
      id: expect.stringMatching(/^we_/),
      eventTypes: ['account.revoked', 'account.recovered'],
      workspaceIds: ['ws_1', 'ws_2'],
    })
    const stored = JSON.stringify(await database.query('select * from webhook_endpoints'))
    expect(stored).not.toContain(plain.stdout.trim().slice(6))
    expect(await list(env)).toMatchObject([
      { id: json.id },
      { url: 'https://hooks.example.com/a?b=c', eventTypes: null },
    ])
  })

  test.each([
    ['not an address', 'is not an address'],
    ['http://hooks.example.com', 'must start with https://'],
    ['https://127.0.0.1/x', 'is not on the public internet'],
    ['https://localhost', 'is not on the public internet'],
    ['https://user:pass@hooks.brand.com', 'must not hold a user name'],
    ['https://hooks.brand.com/#part', 'must not have a fragment'],
  ])('refuses %s', async (url, message) => {
    await using database = await aDatabase()
    const env = envOf(database, { ALLOW_PRIVATE_NETWORK: '' })

    const ran = await run(['webhooks', 'add', url], { env })

    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) })
    expect(await database.query('select from webhook_endpoints')).toEqual([])
  })

  test('names the events there are when one is asked for that is none', async () => {
    const ran = await run(['webhooks', 'add', 'https://hooks.brand.com', '--events', 'account.gone'])

    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('There is no event "account.gone": use account.token_expired, account.revoked')
  })
})

describe('webhooks test', () => {
  test('sends one signed event from here and prints the answer', async () => {
    await using database = await aDatabase()
    await using receiver = await aReceiver()
    const env = envOf(database)
    const { id, secret } = await add(`${receiver.origin}/hook`, env)
    receiver.answer({ status: 202, body: { got: 'it' } })

    const ran = await run(['webhooks', 'test', id], { env })

    expect(ran).toEqual({ code: 0, stdout: '202  {"got":"it"}\n', stderr: '' })
    const [request] = receiver.arrived
    expect(request && verify(secret, request)).toMatchObject({ type: 'webhook.test', data: { endpointId: id } })
    expect(await eventsOf(database)).toEqual([])
  })

  test('fails when the event is not taken or nobody answers', async () => {
    await using database = await aDatabase()
    await using receiver = await aReceiver()
    const env = envOf(database)
    receiver.answer({ status: 500, body: 'a page' })
    const [refusing, away] = [await add(receiver.origin, env), await add('http://127.0.0.1:1', env)]

    expect(await run(['webhooks', 'test', refusing.id], { env })).toMatchObject({ code: 1, stdout: '500\n' })
    expect(await run(['webhooks', 'test', away.id], { env })).toMatchObject({
      code: 1,
      stdout: 'No answer: ECONNREFUSED\n',
    })
    const json = await run(['webhooks', 'test', away.id, '--json'], { env })
    expect(JSON.parse(json.stdout)).toEqual({ taken: false, status: null, code: 'ECONNREFUSED', body: null })
    const guarded = await run(['webhooks', 'test', refusing.id], { env: { ...env, ALLOW_PRIVATE_NETWORK: '' } })
    expect(guarded).toMatchObject({ code: 1, stdout: 'No answer: HOST_NOT_ALLOWED\n' })
    expect(await run(['webhooks', 'test', 'we_none'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no endpoint we_none'),
    })
    expect(receiver.arrived).toHaveLength(1)
  })
})

describe('webhooks rotate-secret', () => {
  test('prints a new secret, and from then on both sign', async () => {
    await using database = await aDatabase()
    await using receiver = await aReceiver()
    const env = envOf(database)
    const { id, secret: old } = await add(receiver.origin, env)

    const ran = await run(['webhooks', 'rotate-secret', id, '--json'], { env })
    await run(['webhooks', 'test', id], { env })

    const { secret, previousSignsUntil } = JSON.parse(ran.stdout)
    expect(secret).not.toBe(old)
    expect(Math.round((Date.parse(previousSignsUntil) - Date.now()) / 3_600_000)).toBe(24)
    for (const request of receiver.arrived) {
      expect(verify(old, request).type).toBe('webhook.test')
      expect(verify(secret, request).type).toBe('webhook.test')
    }
    expect(receiver.arrived).toHaveLength(1)
  })
})

describe('webhooks replay', () => {
  test('makes events due again, one or those since a moment', async () => {
    await using database = await aDatabase()
    const env = envOf(database)
    const { id } = await add('https://hooks.example.com', env)
    await aRow(database)
    for (const status of ['REVOKED', 'ACTIVE']) await database.query('update social_accounts set status = $1', [status])
    await database.query('update webhook_deliveries set next_at = null, given_up_at = now()')
    expect(await list(env)).toMatchObject([{ id, waiting: 0, givenUp: 2 }])
    const [event] = await eventsOf(database)

    const one = await run(['webhooks', 'replay', id, '--event', event?.id ?? ''], { env })
    expect(one).toMatchObject({ code: 0, stderr: 'Events that are sent again: 1.\n' })
    expect(await list(env)).toMatchObject([{ waiting: 1, givenUp: 1 }])
    const all = await run(['webhooks', 'replay', id, '--since', '1h'], { env })
    expect(all).toMatchObject({ code: 0, stderr: 'Events that are sent again: 2.\n' })
    expect(await list(env)).toMatchObject([{ waiting: 2, givenUp: 0 }])
  })

  test('says what is missing', async () => {
    await using database = await aDatabase()
    const env = envOf(database)
    const { id } = await add('https://hooks.example.com', env)

    for (const [args, code, message] of [
      [[id], 2, 'Use --since or --event'],
      [[id, '--since', '1h', '--event', 'evt_1'], 2, 'Use --since or --event'],
      [[id, '--since', 'yesterday'], 1, 'is no moment: use one like 2026-11-25T06:00:00Z, or 30m, 2h, 1d ago'],
      [[id, '--event', 'evt_1'], 1, `There is no event evt_1 that ${id} wants`],
      [['we_none', '--since', '1h'], 1, 'There is no endpoint we_none'],
    ] as const) {
      const ran = await run(['webhooks', 'replay', ...args], { env })
      expect(ran).toMatchObject({ code, stderr: expect.stringContaining(message) })
    }
  })
})

describe('webhooks list', () => {
  test('shows a person how each endpoint stands', async () => {
    await using database = await aDatabase()
    const env = envOf(database)
    const urls = ['https://ok.example.com', 'https://gone.example.com', 'https://paused.example.com']
    const ids = [await add(urls[0] ?? '', env), await add(urls[1] ?? '', env), await add(urls[2] ?? '', env)]
    await database.query('update webhook_endpoints set gone_at = now(), failures = 1 where id = $1', [ids[1]?.id])
    const paused = "paused_until = now() + interval '1 hour', failing_since = now(), failures = 7"
    await database.query(`update webhook_endpoints set ${paused} where id = $1`, [ids[2]?.id])

    const ran = await run(['webhooks', 'list'], { env })

    expect(ran.stdout).toMatch(/^we_\w+ +ok +0 +0 +0 +– +all +all +https:\/\/ok\.example\.com$/m)
    expect(ran.stdout).toMatch(/^we_\w+ +gone \(410\) since 20.* https:\/\/gone/m)
    expect(ran.stdout).toMatch(/^we_\w+ +paused until 20.*, failing since 20.* https:\/\/paused/m)
  })
})

describe('webhooks resume and remove', () => {
  test('act on one endpoint, and say when there is none', async () => {
    await using database = await aDatabase()
    const env = envOf(database)
    const [one, two] = [await add('https://one.example.com', env), await add('https://two.example.com', env)]
    await database.query('update webhook_endpoints set gone_at = now()')

    const gone = await run(['webhooks', 'replay', one.id, '--since', '1h'], { env })
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining(`first run webhooks resume ${one.id}`) })
    expect(await run(['webhooks', 'resume', one.id], { env })).toMatchObject({ code: 0 })
    expect(await run(['webhooks', 'remove', two.id], { env })).toMatchObject({ code: 0 })

    expect(await list(env)).toMatchObject([{ id: one.id, goneAt: null }])
    for (const command of ['resume', 'remove'])
      expect(await run(['webhooks', command, two.id], { env })).toMatchObject({ code: 1 })
  })
})

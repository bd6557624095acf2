import { Client } from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Fault } from '../fault.ts'
import { postgresFaults } from './postgres-faults.ts'
import { ACCOUNT_ID, aSmallWorld, type SmallWorld } from './small-world.ts'
import { PATIENCE_MS } from './when-an-answer-passes.ts'

/** What becomes of a write while each fault lasts. Those of the queue have tests of their own. */
const WHILE_IT_LASTS: Readonly<Record<string, string | null>> = {
  'all sessions ended': null,
  restart: null,
  'crash and restart': null,
  'down for 3 s': 'ECONNRESET',
  'down for 12 s': 'ECONNRESET',
  'gone exactly between answer and commit for 1 s': 'ECONNREFUSED',
  'gone exactly between answer and commit for longer than the lease': 'ECONNREFUSED',
  'silent exactly between answer and commit for 40 s': 'silent',
  'confirmations of commits lost': 'silent',
  'no connection left for 4 s': '53300',
  'no connection left for 10 s': '53300',
  'read-only for 3 s': '25006',
  'read-only for 10 s': '25006',
  'rows of accounts locked for 3 s': 'locked',
  'rows of accounts locked for 30 s': 'locked',
  'blackhole for 3 s': 'silent',
  'blackhole for 20 s': 'silent',
  'blackhole for 60 s': 'silent',
  'listening sessions ended': null,
}

/** Writes as a daemon does; says why it could not. */
async function write(url: string, patienceMs = 10_000): Promise<string> {
  const timeouts = { connectionTimeoutMillis: patienceMs, query_timeout: patienceMs }
  const client = new Client({ connectionString: url, ...timeouts })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('insert into written default values')
    await client.query("set lock_timeout = '50ms'")
    await client.query('update account_credentials set version = version where account_id = $1', [ACCOUNT_ID])
    return 'written'
  } catch (error) {
    const code = String(Object(error).code)
    return { undefined: 'silent', '55P03': 'locked' }[code] ?? code
  } finally {
    void client.end().catch(() => {})
  }
}

/** A session as daemons have them; says why it was ended. */
async function aSession(url: string, name: string) {
  const client = new Client({ connectionString: url, application_name: `token-refresh-worker ${name}` })
  const session = { client, ended: null as string | null, [Symbol.asyncDispose]: () => client.end().catch(() => {}) }
  client.on('error', (error) => {
    session.ended ??= String(Object(error).code)
  })
  await client.connect()
  return session
}

const find = (name: string): Fault => {
  const found = postgresFaults.find((fault) => fault.name === `postgres: ${name}`)
  if (found === undefined) throw new Error(`there is no fault ${name}`)
  return found
}

let small: SmallWorld

beforeAll(async () => {
  small = await aSmallWorld()
  // The fewer there are, the sooner all are taken.
  await small.world.postgres.change({ max_connections: '20' })
  await small.world.postgres.stop('fast')
  await small.world.postgres.start()
})
afterAll(() => small[Symbol.asyncDispose]())

test('every fault of Postgres keeps writes off while it lasts, and not afterwards', async () => {
  for (const [name, expected] of Object.entries(WHILE_IT_LASTS)) {
    const seen = new Set<string>()
    small.onWait(async (ms) => {
      if (ms !== PATIENCE_MS) seen.add(await write(small.url, expected === 'silent' ? 300 : undefined))
    })
    await find(name).strike(small.world)

    expect([name, ...seen]).toEqual(expected === null ? [name] : [name, expected])
    expect([name, await write(small.url)]).toEqual([name, 'written'])
  }
})

test('Postgres goes, falls silent or loses a confirmation exactly between an answer and its commit', async () => {
  const { world, url } = small
  small.platform.answerAll({ status: 200 })
  const becomesOfCommit = async (name: string) => {
    await world.query('truncate written')
    await using daemon = await aSession(url, 'daemon')
    const committed = Promise.withResolvers<string>()
    // The fault ends when it is known what became of the commit.
    small.onWait((ms) => (ms === PATIENCE_MS ? new Promise(() => {}) : committed.promise))
    const struck = find(name).strike(world)
    await daemon.client.query('select')
    const answer = await fetch(`http://127.0.0.1:${world.proxies.platform.port}/`)
    const wait = setTimeout(() => committed.resolve('silent'), 300)
    void daemon.client.query('insert into written default values').then(
      () => committed.resolve('committed'),
      () => committed.resolve('failed'),
    )
    const result = await committed.promise
    clearTimeout(wait)
    await struck
    const [row] = await world.query<{ rows: number }>('select count(*)::integer as rows from written')
    return { answer: answer.status, result, rows: row?.rows }
  }

  expect(await becomesOfCommit('gone exactly between answer and commit for 1 s')).toEqual({
    ...{ answer: 200, result: 'failed', rows: 0 },
  })
  expect(await becomesOfCommit('silent exactly between answer and commit for 40 s')).toEqual({
    ...{ answer: 200, result: 'silent', rows: 0 },
  })
  expect(await becomesOfCommit('confirmations of commits lost')).toEqual({ answer: 200, result: 'silent', rows: 1 })
})

test('sessions of daemons are ended, those that listen or all, and ours are not', async () => {
  await using listener = await aSession(small.url, 'queue')
  await using daemon = await aSession(small.url, 'daemon')
  await using ours = await aSession(small.url, 'test')
  await ours.client.query("set application_name = ''")
  await listener.client.query('listen bullmq_jobs')
  await daemon.client.query('select')

  await find('listening sessions ended').strike(small.world)
  await vi.waitFor(() => expect([listener.ended, daemon.ended]).toEqual(['57P01', null]))
  await find('all sessions ended').strike(small.world)
  await vi.waitFor(() => expect(daemon.ended).toBe('57P01'))

  await ours.client.query('select')
})

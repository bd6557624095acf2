import { describe, expect, test, vi } from 'vitest'
import { openQueues } from '../src/queue/queues.ts'
import { startWorkers } from '../src/worker.ts'
import { aDueLine, connect } from './fixtures/account.ts'
import { aDatabase } from './fixtures/database.ts'
import { aLog, silentLog } from './fixtures/log.ts'
import { aPlatformServer } from './fixtures/platform-server.ts'
import { aContext } from './fixtures/refresh-context.ts'

const RENEWED = { status: 200, body: { access_token: 'new', refresh_token: 'newer', expires_in: 7200 } }

/** The lines that attempts left, one account after the other as an operator asks for them. */
async function linesOf(...answers: Parameters<Awaited<ReturnType<typeof aPlatformServer>>['answer']>) {
  await using database = await aDatabase()
  await using platform = await aPlatformServer()
  const { log, lines } = aLog()
  await using context = { ...aContext(database, platform.origin, { WORKER_CONCURRENCY: '1' }), log }
  await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 4, log: silentLog })
  await using _workers = startWorkers(context, queues)
  platform.answer(...answers)
  const ids = await connect(database, context.vault, ...answers.map(() => aDueLine()))
  const requestedAt = new Date(Date.now() + 60_000)
  for (const accountId of ids)
    await queues.add('X', [{ accountId, trigger: 'operator' }], { requestedAt, urgent: true })
  const ofAttempts = () => lines().filter(({ msg }) => `${msg}`.startsWith('refresh: '))
  await vi.waitFor(() => expect(ofAttempts()).toHaveLength(answers.length), 20_000)
  return { ofAttempts: ofAttempts(), others: lines().filter(({ msg }) => !`${msg}`.startsWith('refresh: ')), ids }
}

describe('the log', () => {
  test('has one line per attempt, with the same members whatever came of it', async () => {
    const { ofAttempts, ids } = await linesOf(RENEWED, { status: 503 })

    const members = [
      ...['level', 'time', 'accountId', 'attemptId', 'platform', 'trigger', 'outcome', 'code', 'httpStatus'],
      ...['lostRotation', 'durationMs', 'answerMs', 'commitMs', 'leftMs', 'msg'],
    ]
    for (const line of ofAttempts) expect(Object.keys(line)).toEqual(members)
    expect(ofAttempts.map(({ accountId }) => accountId).sort()).toEqual([...ids].sort())
    expect(ofAttempts.map(({ level, outcome }) => `${level} ${outcome}`).sort()).toEqual([
      'info renewed',
      'info transient',
    ])
  })

  test('takes for an error what nobody expected', async () => {
    const { ofAttempts } = await linesOf({ status: 418, body: { error: 'teapot' } })

    expect(ofAttempts).toMatchObject([{ level: 'error', outcome: 'unknown' }])
  })

  test('has a single error for a platform that is paused, however many attempts show it', async () => {
    const refused = { status: 401, body: { error: 'unauthorized_client' } }

    const { ofAttempts, others } = await linesOf(refused, refused, refused)

    expect(ofAttempts.map(({ level }) => level)).toEqual(['info', 'info', 'info'])
    expect(others.filter(({ level }) => level === 'error')).toMatchObject([{ app: 'X' }])
  })
})

import { describe, expect, test } from 'vitest'
import { makeReadiness } from '../../src/list/readiness.ts'
import { violations } from '../fixtures/contract.ts'
import { aList, PATH } from '../fixtures/list.ts'

const works = async () => true

describe('a process', () => {
  test('is ready when all of its parts work', async () => {
    expect(await makeReadiness({ database: works, queue: works, scan: works }).findTrouble()).toBeNull()
    expect(await makeReadiness({}).findTrouble()).toBeNull()
  })

  test.each([
    ['fails', () => Promise.reject(new Error('away'))],
    ['is too old', async () => false],
    ['never answers', () => new Promise<boolean>(() => {})],
  ])('is not ready when one of them %s, and says which', async (_what, check) => {
    const readiness = makeReadiness({ database: works, queue: check })

    expect(await readiness.findTrouble()).toEqual({ database: 'ok', queue: 'failed' })
  })

  test('does not look again for everybody who asks', async () => {
    let looks = 0
    const readiness = makeReadiness({ database: async () => ++looks > 0 })

    await Promise.all(Array.from({ length: 20 }, () => readiness.findTrouble()))

    expect(looks).toBe(1)
  })

  test('that is going to end is not ready, whatever works', async () => {
    const readiness = makeReadiness({ database: works })

    readiness.turnRed()

    expect(await readiness.findTrouble()).toEqual({ process: 'ending' })
  })
})

test('/healthz says no, and which part stands still, and /readyz does not care', async () => {
  await using list = await aList({ standstill: { 'worker X': 'stands still' } })

  const answer = await list.get('/healthz', {})

  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { 'worker X': 'stands still' } })
  expect((await list.get('/readyz', {})).statusCode).toBe(200)
})

describe('/readyz', () => {
  test('says yes, and no with the envelope when the process is going to end', async () => {
    await using list = await aList()
    const before = await list.get('/readyz', {})

    list.readiness.turnRed()
    const after = await list.get('/readyz', {})

    expect([before.statusCode, before.json()]).toEqual([200, { status: 'ok' }])
    expect(after.statusCode).toBe(503)
    expect(after.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { process: 'ending' } })
    expect(violations('ErrorEnvelope', after.json())).toEqual([])
    expect((await list.get('/healthz', {})).statusCode).toBe(200)
    const answer = await list.get(PATH)
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close'])
  })

  test('says no while the database is away', async () => {
    await using list = await aList()
    const name = list.database.url.split('/').at(-1)
    await list.database.administer(`alter database ${name} allow_connections false`)
    await list.database.administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)

    const answer = await list.get('/readyz', {})

    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ details: { database: 'failed' } })
  })

  test('may be asked with HEAD, as probes do', async () => {
    await using list = await aList()

    for (const url of ['/healthz', '/readyz'])
      expect((await list.server.inject({ method: 'HEAD', url })).statusCode).toBe(200)
  })
})

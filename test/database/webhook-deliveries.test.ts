import { describe, expect, test } from 'vitest'
import { saveDelivered, saveFailed, saveGone } from '../../src/database/end-delivery.ts'
import {
  type BegunDelivery,
  beginDelivery,
  claimDeliveries,
  releaseDeliveries,
} from '../../src/database/webhook-deliveries.ts'
import { listEndpoints, removeEndpoint, resumeEndpoint } from '../../src/database/webhook-endpoints.ts'
import { replayEvents } from '../../src/database/webhook-events.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aRow } from '../fixtures/rows.ts'
import { anEndpoint } from '../fixtures/webhooks.ts'

const claim = (database: TestDatabase) => claimDeliveries(database.db, 100)
const failure = { status: 500, code: null, waitMs: 60_000 }

/** Records events, each due for every endpoint there is. */
async function happen(database: TestDatabase, times: number): Promise<void> {
  for (let number = 0; number < times; number++) await aRow(database)
  await database.query("update social_accounts set status = 'REVOKED' where status = 'ACTIVE'")
}

/** Claims and begins everything that may be tried now. */
async function begin(database: TestDatabase): Promise<BegunDelivery[]> {
  const begun = await Promise.all((await claim(database)).map((claimed) => beginDelivery(database.db, claimed)))
  return begun.filter((delivery) => delivery !== null)
}

async function fail(database: TestDatabase, times: number): Promise<void> {
  for (let number = 0; number < times; number++) {
    await happen(database, 1)
    for (const begun of await begin(database)) await saveFailed(database.db, begun, failure)
  }
}

/** As if the pause of every endpoint and the wait of every delivery were over. */
const passTime = async (database: TestDatabase) => {
  await database.query('update webhook_endpoints set paused_until = now()')
  await database.query('update webhook_deliveries set next_at = now() where next_at is not null')
}

describe('a delivery', () => {
  test('is claimed once, by one of many daemons, and comes back when its job is lost', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await happen(database, 10)

    const claims = await Promise.all([1, 2, 3, 4].map(() => claim(database)))
    expect(new Set(claims.flat().map(({ deliveryId }) => deliveryId)).size).toBe(10)
    expect(claims.flat()).toHaveLength(10)

    await database.query('update webhook_deliveries set claimed_until = now()')
    expect(await claim(database)).toHaveLength(10)
  })

  test('is claimed again at once when it could not be handed to the queue', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await happen(database, 2)

    await releaseDeliveries(database.db, await claim(database))

    expect(await claim(database)).toHaveLength(2)
  })

  test('is begun once, however many copies of its job there are', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await happen(database, 1)
    const [claimed = { deliveryId: '0', attempts: 0 }] = await claim(database)

    const begun = await Promise.all([1, 2, 3].map(() => beginDelivery(database.db, claimed)))

    expect(begun.filter((one) => one !== null)).toHaveLength(1)
  })

  test('that a killed worker had begun is made again, as the next try', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await happen(database, 1)
    const [begun] = await begin(database)
    expect(await claim(database)).toEqual([])

    await database.query('update webhook_deliveries set claimed_until = now()')
    const [again] = await begin(database)

    expect(again).toMatchObject({ eventId: begun?.eventId, attempts: 2 })
  })

  test('is tried until its deadline, once more at that moment, and then given up', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await happen(database, 1)
    const eightHours = { ...failure, waitMs: 8 * 3_600_000 }
    await database.query("update webhook_deliveries set deadline_at = now() + interval '1 hour'")
    const [first] = await begin(database)
    expect(await saveFailed(database.db, first as BegunDelivery, eightHours)).toMatchObject({ givenUp: false })
    expect(await database.query('select from webhook_deliveries where next_at = deadline_at')).toHaveLength(1)

    await database.query('update webhook_deliveries set deadline_at = now(), next_at = now()')
    const [last] = await begin(database)
    expect(await saveFailed(database.db, last as BegunDelivery, eightHours)).toMatchObject({ givenUp: true })

    expect(await claim(database)).toEqual([])
    expect(await listEndpoints(database.db)).toMatchObject([{ waiting: 0, delivered: 0, givenUp: 1 }])
  })

  test('has three days', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await happen(database, 1)

    expect(
      await database.query("select from webhook_deliveries where deadline_at = next_at + interval '3 days'"),
    ).toHaveLength(1)
  })

  test('that is replayed while it is under way is not ended by the try before', async () => {
    await using database = await aDatabase()
    const { id } = await anEndpoint(database)
    await happen(database, 1)
    const [begun] = await begin(database)

    await replayEvents(database.db, id, { since: new Date(0) })
    await saveDelivered(database.db, begun as BegunDelivery, 200)

    expect(await claim(database)).toHaveLength(1)
  })
})

describe('an endpoint', () => {
  test('that is slow holds no more than a share of what can be under way', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await happen(database, 30)

    expect(await claim(database)).toHaveLength(20)
    expect(await claim(database)).toHaveLength(0)
  })

  test('that fails again and again is paused, and what was under way then does not prolong it', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await happen(database, 20)
    const begun = await begin(database)

    const pauses: (Date | null)[] = []
    for (const one of begun) pauses.push((await saveFailed(database.db, one, failure)).pausedUntil)
    await database.query('update webhook_deliveries set next_at = now()')

    expect(pauses.map((until) => until !== null)).toEqual(pauses.map((_, at) => at === 4))
    expect(await claim(database)).toEqual([])
    expect(await listEndpoints(database.db)).toMatchObject([{ failures: 5, waiting: 20, pausedUntil: pauses[4] }])
  })

  test('is tried with one delivery after its pause, and paused for twice as long when that fails', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await fail(database, 5)
    await happen(database, 3)
    const lengths: number[] = []

    for (let round = 0; round < 9; round++) {
      await passTime(database)
      const [probe, ...others] = await begin(database)
      expect(others).toEqual([])
      expect(await claim(database)).toEqual([])
      await saveFailed(database.db, probe as BegunDelivery, failure)
      const [row] = await database.query<{ s: number }>(
        'select round(extract(epoch from paused_until - now()))::integer as s from webhook_endpoints',
      )
      lengths.push(row?.s ?? 0)
    }

    expect(lengths).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
  })

  test('that takes something again gets at once all that waits', async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await fail(database, 5)
    await happen(database, 3)
    await database.query('update webhook_endpoints set paused_until = now()')

    const [probe] = await begin(database)
    await saveDelivered(database.db, probe as BegunDelivery, 204)

    expect(await claim(database)).toHaveLength(7)
    expect(await listEndpoints(database.db)).toMatchObject([{ failures: 0, failingSince: null, pausedUntil: null }])
  })

  test("takes nothing of another endpoint's trouble", async () => {
    await using database = await aDatabase()
    await anEndpoint(database)
    await fail(database, 5)
    const { id } = await anEndpoint(database)
    await happen(database, 2)

    const begun = await begin(database)

    expect(begun.map(({ endpointId }) => endpointId)).toEqual([id, id])
  })

  test('that is gone is told nothing until it is resumed', async () => {
    await using database = await aDatabase()
    const { id } = await anEndpoint(database)
    await happen(database, 2)
    const [one] = await begin(database)

    await saveGone(database.db, one as BegunDelivery, { status: 410, code: null })
    await happen(database, 1)
    expect(await listEndpoints(database.db)).toMatchObject([{ goneAt: expect.any(Date), waiting: 0, givenUp: 2 }])

    expect(await resumeEndpoint(database.db, id)).toBe(true)
    await happen(database, 1)
    expect(await begin(database)).toHaveLength(1)
    expect(await resumeEndpoint(database.db, 'we_other')).toBe(false)
  })

  test('that is removed is told nothing, not even what is in the queue', async () => {
    await using database = await aDatabase()
    const { id } = await anEndpoint(database)
    await happen(database, 1)
    const [claimed = { deliveryId: '0', attempts: 0 }] = await claim(database)

    expect(await removeEndpoint(database.db, id)).toBe(true)

    expect(await beginDelivery(database.db, claimed)).toBeNull()
    expect(await removeEndpoint(database.db, id)).toBe(false)
  })
})

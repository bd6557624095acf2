import type { ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import { aDueLine, aLine, connect } from './fixtures/account.ts'
import { aDaemon } from './fixtures/daemon.ts'
import { aDatabase, type TestDatabase } from './fixtures/database.ts'
import { aPlatformServer, type Scripted } from './fixtures/platform-server.ts'
import { aStrictX } from './fixtures/strict-x.ts'
import { aVault } from './fixtures/vault.ts'

const DEAD = 1000
const HEALTHY = 20
/** WORKER_CONCURRENCY's default: so many may be under way already. */
const IN_FLIGHT = 20

const dead = (number: number) =>
  aLine(
    { tokenExpiresAt: new Date(Date.now() - 3_600_000 + number) },
    { refreshToken: `dead-${number}`, issuedAt: new Date(Date.now() - 10_800_000).toISOString() },
  )
const healthy = (number: number) => aDueLine({}, { refreshToken: `healthy-${number}` })
const many = <T>(count: number, make: (number: number) => T) =>
  Array.from({ length: count }, (_, number) => make(number))

const renewed = async (database: TestDatabase) =>
  (
    await database.query<{ platform: string }>(
      `select a.platform from account_credentials c join social_accounts a on a.id = c.account_id where version > 1`,
    )
  ).map(({ platform }) => platform)

test('a thousand dead accounts at the head of the line go after the healthy ones, and one platform is not held up by another', async () => {
  await using database = await aDatabase()
  await using platform = await aPlatformServer()
  const vault = aVault()
  const x = aStrictX(many(HEALTHY, (number) => `healthy-${number}`))
  const held: ServerResponse[] = []
  // The worst kind: no answer at all comes for them, until the deadline of half a minute.
  const answer: Scripted = (response, request) => {
    if (request.form.refresh_token?.startsWith('dead')) return held.push(response)
    if (request.url.startsWith('/refresh_access_token')) {
      response.setHeader('content-type', 'application/json')
      return response.end(JSON.stringify({ access_token: 'new', token_type: 'bearer', expires_in: 5_184_000 }))
    }
    return typeof x.answer === 'function' ? x.answer(response, request) : undefined
  }
  platform.answerAll(answer)
  const instagram = aLine(
    { platform: 'INSTAGRAM', tokenExpiresAt: new Date(Date.now() + 86_400_000) },
    { refreshToken: null, issuedAt: new Date(Date.now() - 50 * 86_400_000).toISOString() },
  )
  await connect(database, vault, ...many(DEAD, dead), ...many(HEALTHY, healthy), instagram)
  await database.query(
    `update refresh_schedule set due_at = now() - interval '1 s',
       consecutive_failures = case when deadline_at < now() then 3 else 0 end`,
  )

  await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
  await vi.waitFor(async () => expect(await renewed(database)).toHaveLength(HEALTHY + 1), 30_000)

  const order = platform.arrived.map(({ form }) => form.refresh_token ?? 'instagram')
  const lastHealthy = order.findLastIndex((token) => token.startsWith('healthy'))
  expect(order.slice(0, lastHealthy).filter((token) => token.startsWith('dead')).length).toBeLessThanOrEqual(IN_FLIGHT)
  expect(await renewed(database)).toContain('INSTAGRAM')
  // Else the end would wait for their deadline.
  platform.answerAll({ status: 503 })
  for (const response of held) response.destroy()
})

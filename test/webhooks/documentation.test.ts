import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pauseByOperator, resumeByOperator } from '../../src/database/pause-app.ts'
import { recordReconnectsDue } from '../../src/database/webhook-events.ts'
import { DAY_MS } from '../../src/units.ts'
import { EVENT_TYPES } from '../../src/webhooks/events.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aRow } from '../fixtures/rows.ts'
import { eventsOf } from '../fixtures/webhooks.ts'

const text = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
const examples = [...text.matchAll(/^```json\n(.*?)^```/gms)].map(([, json = '']) => JSON.parse(json))

test('docs/webhooks.md names every event there is', () => {
  expect(EVENT_TYPES.filter((type) => !text.includes(`\`${type}\``) && !text.includes(`"${type}"`))).toEqual([])
})

test('its examples have the members that are sent, and all of them', async () => {
  await using database = await aDatabase()
  await aRow(database, {}, { reconnect_by: new Date(Date.now() + DAY_MS / 2) })
  await recordReconnectsDue(database.db, 10)
  for (const status of ['TOKEN_EXPIRED', 'REVOKED', 'ACTIVE'])
    await database.query('update social_accounts set status = $1', [status])
  await pauseByOperator(database.db, { app: 'X', until: null, reason: 'by an operator' })
  await resumeByOperator(database.db, 'X')

  const sent = new Map((await eventsOf(database)).map(({ type, data }) => [type, Object.keys(data).sort()]))

  expect([...sent.keys()].sort()).toEqual([...EVENT_TYPES].sort())
  expect(examples).toHaveLength(4)
  for (const { type, data } of examples) expect(Object.keys(data).sort()).toEqual(sent.get(type))
  expect(sent.get('account.revoked')).toEqual(sent.get('account.token_expired'))
  expect(sent.get('account.recovered')).toEqual(sent.get('account.token_expired'))
})

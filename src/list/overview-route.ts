import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { HEALTHS } from '../database/account-health.ts'
import { DAYS_AHEAD, HOURS_AHEAD, type Overview, readOverview } from '../database/account-overview.ts'
import { openSnapshot } from '../database/snapshot.ts'
import type { Reach } from '../database/visible-accounts.ts'
import { SECOND_MS } from '../units.ts'
import { nullableMoment, WorkspaceId } from './account-row.ts'
import { failure, failures, success } from './answers.ts'
import { hashOf, isKnownToCaller } from './etag.ts'
import { addReadOnly } from './read-only.ts'
import { makeMemory } from './remember.ts'
import type { RouteParts } from './route-parts.ts'
import { narrow } from './scope.ts'

const count = (description?: string) => Type.Integer({ minimum: 0, ...(description ? { description } : {}) })
const closed = { additionalProperties: false }

export const ExpirySpread = Type.Object(
  {
    ended: count('It has ended already.'),
    hours: Type.Array(count(), { minItems: HOURS_AHEAD, maxItems: HOURS_AHEAD, description: 'Within each next hour.' }),
    days: Type.Array(count(), {
      minItems: DAYS_AHEAD,
      maxItems: DAYS_AHEAD,
      description: 'Within each next day; the first is the sum of the hours.',
    }),
    later: count('After the last of these days.'),
    never: count('It does not end, or nobody knows when.'),
  },
  { $id: 'ExpirySpread', ...closed, description: 'Numbers of accounts by the end of their access token.' },
)

const PlatformOverview = Type.Object(
  {
    platform: Type.Ref('Platform#'),
    totals: Type.Object(Object.fromEntries(HEALTHS.map((health) => [health, count()])), {
      ...closed,
      description: 'Accounts by health.',
    }),
    pausedSince: nullableMoment('Null: the platform is not paused.'),
    pausedUntil: nullableMoment('Null while it is paused: until an operator resumes it.'),
    expiries: Type.Object(
      { renewing: Type.Ref('ExpirySpread#'), ending: Type.Ref('ExpirySpread#') },
      { ...closed, description: 'ACTIVE accounts: those that are renewed before, and those that nothing renews.' },
    ),
  },
  closed,
)

const SCHEMA = {
  operationId: 'getSocialAccountOverview',
  tags: ['Health'],
  summary: 'See how all accounts stand, in numbers',
  description:
    'By platform: accounts by health, pauses, and when access tokens end. A few seconds old at most where there are few accounts, ten times as old as it takes to count where there are very many. Made to be asked often: send the ETag back as If-None-Match.',
  querystring: Type.Object(
    { workspaceId: Type.Optional(WorkspaceId({ description: 'Only this workspace.' })) },
    closed,
  ),
  response: {
    200: success(
      'Numbers of the accounts that the key reaches. A platform without accounts is left out.',
      Type.Object(
        {
          accounts: count('All of them.'),
          lastScanAt: nullableMoment('When due accounts were last looked for, to the minute. Null: never.'),
          platforms: Type.Array(PlatformOverview),
        },
        closed,
      ),
    ),
    304: { description: 'Nothing has changed since the answer with this ETag.', type: 'null' },
    400: failure('An unknown or malformed parameter.'),
    403: failure('The key does not reach that workspace.'),
    ...failures,
  },
}

const MEMORY = { leastMs: SECOND_MS, costFactor: 10, most: 1000 }

/** `GET /social-accounts/overview`: numbers that many pages ask for every few seconds, counted once for all of them. */
export function addOverviewRoute(server: FastifyInstance, { db }: RouteParts): void {
  const memory = makeMemory<Overview>(MEMORY)
  const read = async (reach: Reach) => {
    // Not ended when a caller leaves: others may wait for the same.
    await using snapshot = await openSnapshot(db, new AbortController().signal)
    return readOverview(snapshot, reach)
  }
  addReadOnly<{ Querystring: { workspaceId?: string } }>(
    server,
    '/social-accounts/overview',
    { schema: SCHEMA },
    async (request, reply) => {
      const reach = narrow(request.caller.reach, request.query.workspaceId)
      const overview = present(await memory.recall(JSON.stringify(reach), () => read(reach)))
      if (isKnownToCaller(request, reply, fingerprint(overview))) return reply.code(304).send()
      return overview
    },
  )
}

const present = ({ accounts, lastScanAt, platforms }: Overview) => ({
  accounts,
  lastScanAt: lastScanAt?.toISOString() ?? null,
  platforms: platforms.map((one) => ({
    ...one,
    pausedSince: one.pausedSince?.toISOString() ?? null,
    pausedUntil: one.pausedUntil?.toISOString() ?? null,
  })),
})

const fingerprint = (overview: { accounts: number }) => ({
  count: overview.accounts,
  hash: hashOf(JSON.stringify(overview)),
})

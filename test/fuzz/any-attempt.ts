import fc from 'fast-check'
import { ACCOUNT_STATUSES, type AccountStatus } from '../../src/account.ts'
import type { Outcome } from '../../src/database/save-outcome.ts'
import type { Lease } from '../../src/database/take-lease.ts'
import type { Answer } from '../../src/oauth/request.ts'
import type { Credential } from '../../src/platforms/credential.ts'
import type { Exchange, Reading, Strategy, Subject } from '../../src/platforms/strategy.ts'
import { sealChanged } from '../../src/refresh/opened-account.ts'
import { withhold, withholdSecrets } from '../../src/refresh/stored-credential.ts'
import type { Finding, Known } from '../../src/rules/outcome.ts'
import { settle } from '../../src/rules/settle.ts'
import { CLIENT } from '../../src/simulator/pretend.ts'
import { DAY_MS } from '../../src/units.ts'
import type { Vault } from '../../src/vault.ts'
import { aKey, DID, ISSUER, PDS } from '../fixtures/bluesky.ts'
import { aSubject } from '../fixtures/subject.ts'
import { answerTo, anyPlan, type Plan, SECRETS } from './any-answer.ts'

// An attempt as `refresh.ts` makes it, with made-up answers in place of the platform's.

/** What an attempt depends on besides the answers. */
export interface Attempt {
  /** Of the answers in their order, and from the front again. */
  readonly plans: readonly Plan[]
  readonly status: AccountStatus
  readonly issuedAt: Date | null
  readonly tokenExpiresAt: Date | null
  readonly refreshTokenExpiresAt: Date | null
  readonly isFailing: boolean
  readonly inDoubt: boolean
  readonly isSuspect: boolean
  /** Nothing is stored besides the tokens that the kind cannot do without. */
  readonly isBare: boolean
}

/** As many exchanges as `converse.ts` allows. */
export const MOST_EXCHANGES = 8

const NOW = new Date('2026-11-23T12:00:00Z')
const moment = fc.constantFrom(null, ...[-400, -2, -0.5, 0.01, 30, 400, 2_900_000].map(daysFromNow))

export const anyAttempt: fc.Arbitrary<Attempt> = fc.record({
  plans: fc.array(anyPlan, { minLength: 1, maxLength: 3 }),
  status: fc.constantFrom(...ACCOUNT_STATUSES),
  issuedAt: moment,
  tokenExpiresAt: moment,
  refreshTokenExpiresAt: moment,
  isFailing: fc.boolean(),
  inDoubt: fc.boolean(),
  isSuspect: fc.boolean(),
  isBare: fc.boolean(),
})

const DPOP_KEY = aKey()

/** A credential with everything that the kind can hold, or with what it needs. */
export function credentialOf({ kind, members }: Strategy, isBare: boolean): Credential {
  const { accessToken, refreshToken, userAccessToken, appPassword } = SECRETS
  const has = (member: string) => members.some((one) => one === member)
  return {
    kind,
    accessToken,
    refreshToken,
    ...(has('did') ? { did: DID } : {}),
    ...(has('issuer') ? { issuer: ISSUER } : {}),
    ...(has('dpopKey') ? { dpopKey: DPOP_KEY } : {}),
    ...(has('pdsUrl') && !isBare ? { pdsUrl: PDS } : {}),
    ...(has('appPassword') && !isBare ? { appPassword } : {}),
    ...(has('userAccessToken') && !isBare ? { userAccessToken } : {}),
  }
}

export const subjectOf = (strategy: Strategy, attempt: Attempt): Subject =>
  aSubject({
    credential: credentialOf(strategy, attempt.isBare),
    clientId: CLIENT.id,
    clientSecret: SECRETS.clientSecret,
    issuedAt: attempt.issuedAt,
    tokenExpiresAt: attempt.tokenExpiresAt,
    refreshTokenExpiresAt: attempt.refreshTokenExpiresAt,
    failing: attempt.isFailing ? { code: 'access_denied', since: daysFromNow(-2) } : null,
    now: NOW,
  })

/** Follows a strategy through the answers; null when it asks for more than it may. */
export function readAnswers(strategy: Strategy, subject: Subject, { plans }: Attempt) {
  let exchange: Exchange = { request: strategy.describe(subject), read: (answer) => strategy.read(answer, subject) }
  for (let asked = 0; asked < MOST_EXCHANGES; asked++) {
    const plan = plans[asked % plans.length]
    if (plan === undefined) return null
    const answer: Answer = answerTo(exchange.request, strategy, plan)
    const reading: Reading | { kind: 'ask'; exchange: Exchange } = exchange.read(answer)
    if (reading.kind !== 'ask') return reading
    exchange = reading.exchange
  }
  return null
}

/** What is stored of a finding. */
export function outcomeOf(
  strategy: Strategy,
  attempt: Attempt,
  reading: Reading,
  { vault, lease }: { vault: Vault; lease: Lease },
): Outcome {
  const subject = subjectOf(strategy, attempt)
  const { credential } = subject
  const finding: Finding = withholdSecrets(withhold(reading, [subject.clientSecret]), credential)
  const settlement = settle(finding, knownOf(strategy, attempt, lease.accountId))
  const seal = vault.prepareSeal({ accountId: lease.accountId, version: lease.version + 1 })
  const opened = { strategy, credential, reason: '', seal }
  return {
    settlement,
    httpStatus: attempt.plans[0]?.status ?? 200,
    credential: sealChanged(vault, opened, { finding, answeredAt: NOW }),
  }
}

const knownOf = (strategy: Strategy, attempt: Attempt, accountId: string): Known => ({
  accountId,
  strategy,
  status: attempt.status,
  tokenExpiresAt: attempt.tokenExpiresAt,
  refreshTokenExpiresAt: attempt.refreshTokenExpiresAt,
  dataAccessExpiresAt: null,
  renewable: true,
  inDoubt: attempt.inDoubt,
  consecutiveFailures: attempt.isFailing ? 3 : 0,
  appIsSuspect: attempt.isSuspect,
  now: NOW,
  random: 0.5,
})

/** A lease on a made-up account. */
export const aLease = (strategy: Strategy, members: Partial<Lease> = {}): Lease => ({
  accountId: 'soc_aaaaaaaaaaaaaaaaaaaaaaaa',
  leaseId: '00000000-0000-4000-8000-000000000000',
  attemptId: '1',
  interrupted: false,
  platform: strategy.platform,
  externalId: '1784',
  status: 'ACTIVE',
  tokenExpiresAt: null,
  renewable: true,
  inDoubt: false,
  consecutiveFailures: 0,
  sealed: '',
  version: 1,
  issuedAt: null,
  refreshTokenExpiresAt: null,
  failing: null,
  isProbe: false,
  isSuspect: false,
  takenAt: NOW,
  ...members,
})

function daysFromNow(days: number): Date {
  return new Date(NOW.getTime() + days * DAY_MS)
}

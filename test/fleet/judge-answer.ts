import type { Reading, Strategy } from '../../src/platforms/strategy.ts'
import type { Finding, Settlement } from '../../src/rules/outcome.ts'
import { settle } from '../../src/rules/settle.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { type Accounts, endOf } from './accounts.ts'
import type { Kind } from './kinds.ts'

/** What an attempt meets at the platform. */
export type Answer = 'good' | 'dead grant' | 'out of order'

/** Lets the real rules say what follows from an answer for an account. `random`: from 0 to 1. */
export function judgeAnswer(
  accounts: Accounts,
  account: number,
  { answer, atMs, random }: { answer: Answer; atMs: number; random: number },
): Settlement {
  const kind = accounts.kindOf(account)
  const endMs = endOf(accounts, account)
  return settle(findingOf(kind, answer), {
    accountId: accounts.idOf(account),
    strategy: kind.strategy,
    status: 'ACTIVE',
    tokenExpiresAt: endMs === null ? null : new Date(endMs),
    refreshTokenExpiresAt: null,
    dataAccessExpiresAt: null,
    renewable: true,
    inDoubt: false,
    consecutiveFailures: accounts.failures[account] ?? 0,
    appIsSuspect: false,
    now: new Date(atMs),
    random,
  })
}

function findingOf(kind: Kind, answer: Answer): Finding {
  if (answer === 'out of order') return outOfOrder(kind.strategy)
  if (answer === 'dead grant') return { kind: 'token_expired', code: 'invalid_grant' }
  return kind.lifetimeMs === null ? HEALTHY : renewed(kind.lifetimeMs)
}

const HEALTHY: Finding = { kind: 'healthy', tokenExpiresAt: null, changes: {} }

const renewed = (expiresInMs: number): Finding => ({
  kind: 'renewed',
  tokens: { accessToken: '', expiresInMs, refreshToken: null, refreshTokenExpiresInMs: null, scopes: null },
})

const read503 = new Map<Strategy, Reading>()

/** What the strategy itself makes of a 503. */
function outOfOrder(strategy: Strategy): Reading {
  const known = read503.get(strategy)
  if (known !== undefined) return known
  const { credential } = aSubject()
  const ofBluesky = { did: 'did:plc:z72i7hdynmk6r22z27h6tvur', pdsUrl: 'https://pds.example', dpopKey: {} as never }
  const subject = aSubject({ credential: { ...credential, ...ofBluesky, issuer: 'https://issuer.example' } })
  const reading = strategy.read(anAnswer(503, undefined), subject)
  if (reading.kind === 'ask') throw new Error(`${strategy.platform} asks on after a 503`)
  read503.set(strategy, reading)
  return reading
}

import type { LeaseKey, Outcome } from '../database/save-outcome.ts'
import type { SealedFor, Vault } from '../vault.ts'

/** What an attempt has learnt and the database has not taken yet, with everything that saving it needs. */
export interface KeptOutcome {
  readonly lease: LeaseKey
  readonly outcome: Outcome
}

const MOMENTS = new Set(['dueAt', 'tokenExpiresAt', 'reconnectBy', 'until', 'issuedAt', 'refreshTokenExpiresAt'])

/**
 * Signs the whole, in which the credential is sealed: who can write to the place where it is kept must not be able to end
 * accounts with it.
 */
export function signOutcome(vault: Vault, { lease, outcome }: KeptOutcome): string {
  const { accountId, version, leaseId, attemptId } = lease
  return vault.sign(JSON.stringify({ lease: { accountId, version, leaseId, attemptId }, outcome }), lease)
}

/** @returns null when it is not what `signOutcome` made for this account and version, or no key of ours did */
export function readOutcome(vault: Vault, signed: string, who: SealedFor): KeptOutcome | null {
  const text = vault.readSigned(signed, who)
  if (text === null) return null
  const { accountId, version } = who
  const { lease, outcome } = JSON.parse(text, revive) as KeptOutcome
  return { lease: { ...lease, accountId, version }, outcome }
}

const revive = (member: string, value: unknown) =>
  MOMENTS.has(member) && typeof value === 'string' ? new Date(value) : value

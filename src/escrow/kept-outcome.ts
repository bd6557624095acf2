import type { LeaseKey, Outcome } from '../database/save-outcome.ts'
import type { SealedFor, Vault } from '../vault.ts'

/** What an attempt has learnt and the database has not taken yet, with everything that saving it needs. */
export interface KeptOutcome {
  readonly lease: LeaseKey
  readonly outcome: Outcome
}

const MOMENTS = new Set(['dueAt', 'tokenExpiresAt', 'reconnectBy', 'until', 'issuedAt', 'refreshTokenExpiresAt'])

/** Seals the whole: who can write to the place where it is kept must not be able to end accounts with it. */
export function sealOutcome(vault: Vault, { lease, outcome }: KeptOutcome): string {
  const { accountId, version, leaseId, attemptId } = lease
  return vault.seal(JSON.stringify({ lease: { accountId, version, leaseId, attemptId }, outcome }), purposeOf(lease))
}

/** @returns null when it is not what `sealOutcome` made for this account and version, or no key opens it */
export function openOutcome(vault: Vault, sealed: string, who: SealedFor): KeptOutcome | null {
  const opened = vault.open(sealed, purposeOf(who))
  if (opened.kind !== 'opened') return null
  const { accountId, version } = who
  const { lease, outcome } = JSON.parse(String(opened.content), revive) as KeptOutcome
  return { lease: { ...lease, accountId, version }, outcome }
}

/** Not that of the credential inside: the one must never pass for the other. */
const purposeOf = ({ accountId, version }: SealedFor): SealedFor => ({ accountId: `escrow|${accountId}`, version })

const revive = (member: string, value: unknown) =>
  MOMENTS.has(member) && typeof value === 'string' ? new Date(value) : value

import type { NewCredential } from '../database/save-outcome.ts'
import type { Lease } from '../database/take-lease.ts'
import type { Log } from '../log.ts'
import type { Credential } from '../platforms/credential.ts'
import { findStrategy } from '../platforms/registry.ts'
import type { Strategy } from '../platforms/strategy.ts'
import type { Finding } from '../rules/outcome.ts'
import type { Vault } from '../vault.ts'
import { changeCredential, readCredential } from './stored-credential.ts'

/** An account whose credential lies open, for as long as an attempt takes. */
export interface OpenedAccount {
  readonly strategy: Strategy
  /** Null: it does not open, for this reason. */
  readonly credential: Credential | null
  readonly reason: string
  /** Seals what becomes of the credential, for the version that follows. Prepared before the platform is asked. */
  readonly seal: (changed: Credential) => string
}

/** Opens the credential that came with a lease. One that does not open is an operator's alert and changes no account. */
export function openAccount({ vault, log }: { vault: Vault; log: Log }, lease: Lease): OpenedAccount {
  const { accountId, version } = lease
  const opened = vault.open(lease.sealed, { accountId, version })
  const credential = opened.kind === 'opened' ? readCredential(opened.content) : null
  const strategy = findStrategy(lease.platform, credential?.kind ?? null)
  const reason = opened.kind === 'unreadable' ? opened.reason : credential === null ? 'not_a_credential' : 'no_strategy'
  const seal = vault.prepareSeal({ accountId, version: version + 1 })
  if (credential !== null && strategy !== null) return { strategy, credential, reason: '', seal }

  log.error(
    { accountId, platform: lease.platform, reason },
    'a stored credential cannot be read; the account is unchanged',
  )
  const fallback = strategy ?? findStrategy(lease.platform, null)
  if (fallback === null) throw new Error(`no strategy for ${lease.platform}`)
  return { strategy: fallback, credential: null, reason, seal }
}

/** Seals what an answer made of the credential; null when it stays as it is. */
export function sealChanged(
  vault: Vault,
  { strategy, credential, seal }: OpenedAccount,
  { finding, answeredAt }: { finding: Finding; answeredAt: Date },
): NewCredential | null {
  if ((finding.kind !== 'renewed' && finding.kind !== 'healthy') || credential === null) return null
  const changed = changeCredential(credential, finding)
  if (changed === null) return null
  const tokens = finding.kind === 'renewed' ? finding.tokens : null
  const refreshTokenExpiresInMs = tokens?.refreshTokenExpiresInMs ?? null
  return {
    sealed: seal(changed),
    issuedAt: tokens === null ? undefined : answeredAt,
    refreshTokenExpiresAt:
      refreshTokenExpiresInMs === null ? undefined : new Date(answeredAt.getTime() + refreshTokenExpiresInMs),
    fingerprint:
      strategy.singleUse && changed.refreshToken !== null ? vault.fingerprints(changed.refreshToken)[0] : null,
    scopes: tokens?.scopes ?? null,
  }
}

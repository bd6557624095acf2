import type { Oracle } from '../../fixtures/oracle.ts'
import type { Seen } from '../accounts-seen.ts'
import type { Violations } from '../violation.ts'

/** Looks at the accounts as they change. */
export interface AccountsJudge {
  look(accounts: readonly Seen[]): void
}

/**
 * I3: neither the version nor the moment of issue of a credential goes back. I5: an account has ended only when the
 * platform has said so to whoever presented its token.
 */
export function judgeAccounts(oracle: Oracle, violations: Violations): AccountsJudge {
  const before = new Map<string, { version: number; issuedAtMs: number }>()
  return {
    look(accounts) {
      for (const { account, version, issued_at, status } of accounts) {
        const issuedAtMs = issued_at?.getTime() ?? 0
        const last = before.get(account)
        before.set(account, { version, issuedAtMs })
        if (last !== undefined && version < last.version) {
          violations.add('I3', account, `the version went from ${last.version} back to ${version}`)
        }
        if (last !== undefined && issuedAtMs < last.issuedAtMs) {
          violations.add('I3', account, `the moment of issue went back by ${last.issuedAtMs - issuedAtMs} ms`)
        }
        const hasEnded = status === 'TOKEN_EXPIRED' || status === 'REVOKED'
        if (hasEnded && oracle.saidDeadAt(account) === null) {
          violations.add('I5', account, `it is ${status}, and the platform never said so`)
        }
      }
    },
  }
}

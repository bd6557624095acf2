import type { ClientBase } from 'pg'
import { type Existing, findHolders } from '../database/import-batch.ts'
import type { Vault } from '../vault.ts'
import type { MemberProblem } from './line-schema.ts'
import type { ImportedAccount } from './read-account.ts'

/** Where a refresh token works once, an account holds its own: shared or used up, it would cost both accounts. */
export async function findTakenTokens(
  client: ClientBase,
  accounts: readonly ImportedAccount[],
  existing: ReadonlyMap<number, Existing>,
  vault: Vault,
): Promise<Map<number, MemberProblem>> {
  const member = 'credential.refreshToken'
  const problems = new Map<number, MemberProblem>()
  const prints = new Map(accounts.map((account) => [account.line, fingerprintsOf(account, vault)]))
  const holders = await findHolders(client, [...prints.values()].flat())
  const seen = new Map<string, number>()

  for (const { line } of accounts) {
    const own = existing.get(line)
    const ofLine = prints.get(line) ?? []
    const [first] = ofLine
    if (first === undefined) continue
    const holder = ofLine.map((print) => holders.get(print)).find((id) => id !== undefined)
    const twin = seen.get(first)
    seen.set(first, twin ?? line)

    if (twin !== undefined) problems.set(line, { member, problem: `is the same token as in line ${twin}` })
    else if (holder !== undefined && holder !== own?.accountId) {
      problems.set(line, { member, problem: 'is held by another account already' })
    } else if (own?.connectedFingerprint != null && holder === undefined && ofLine.includes(own.connectedFingerprint)) {
      problems.set(line, {
        member,
        problem: 'was used up since its last import: we hold a newer one, leave this line out',
      })
    }
  }
  return problems
}

/** None where the token may be shared. */
export function fingerprintsOf({ strategy, credential }: ImportedAccount, vault: Vault): readonly string[] {
  const isSpendable = strategy.singleUse && credential.refreshToken !== null
  return isSpendable ? vault.fingerprints(credential.refreshToken) : []
}

import { refreshTokenOf } from '../../fixtures/oracle/wires.ts'
import type { Seen } from '../accounts-seen.ts'
import type { Violations } from '../violation.ts'
import type { WholeWorld } from '../world.ts'

type Parts = Pick<WholeWorld, 'oracle' | 'vault'>

/**
 * I2: what we hold is what the platform holds. To be asked when nothing is under way for these accounts.
 *
 * @returns the accounts that hold another token than the platform
 */
export function findStale({ oracle, vault }: Parts, accounts: readonly Seen[]): Seen[] {
  return accounts.filter(({ id, account, version, sealed }) => {
    const opened = vault.open(sealed, { accountId: id, version })
    const content = opened.kind === 'opened' ? (opened.content as { refreshToken: string | null }) : null
    return refreshTokenOf(content?.refreshToken ?? '') !== oracle.current(account)
  })
}

/** Twice, a moment apart: an account that has just been renewed is not what is looked for. */
export async function judgeCredentials(
  world: WholeWorld,
  see: () => Promise<readonly Seen[]>,
  violations: Violations,
): Promise<void> {
  const isQuiet = ({ attempt_started_at, account }: Seen) =>
    attempt_started_at === null && world.oracle.current(account) !== null
  const first = findStale(world, (await see()).filter(isQuiet))
  if (first.length === 0) return
  await world.wait(1000)
  const again = findStale(world, (await see()).filter(isQuiet))
  for (const seen of again) {
    const before = first.find(({ account, version }) => account === seen.account && version === seen.version)
    if (before === undefined) continue
    violations.add('I2', seen.account, `version ${seen.version} is not the token that the platform holds`)
  }
}

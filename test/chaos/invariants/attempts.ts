import { type Circumstances, explain } from '../explain.ts'
import type { Violations } from '../violation.ts'
import type { WholeWorld } from '../world.ts'

/**
 * I10: the history of attempts adds up with the platform's. Every presentation had an attempt; an attempt with an answer
 * had a presentation; and an answer that no attempt knows of reached nobody alive. To be asked when nothing runs.
 */
export async function judgeAttempts(
  world: WholeWorld,
  circumstances: Circumstances,
  violations: Violations,
): Promise<void> {
  const rows = await world.query<{ account: string; attempts: number; answered: number }>(
    `select a.external_id as account, count(*)::integer as attempts, count(t.http_status)::integer as answered
     from refresh_attempts t join social_accounts a on a.id = t.account_id group by 1`,
  )
  const attemptsOf = new Map(rows.map((row) => [row.account, row]))
  const shown = Map.groupBy(world.oracle.presentations, ({ account }) => account)
  for (const [account, presentations] of shown) {
    if (account === null) continue
    const { attempts, answered } = attemptsOf.get(account) ?? { attempts: 0, answered: 0 }
    const handedOver = presentations.filter(({ isHandedOver }) => isHandedOver === true)
    const mayBeLost = handedOver.filter((one) => explain(one, circumstances) !== null).length
    const sums = `${attempts} attempts, ${answered} with an answer, ${presentations.length} presentations, ${handedOver.length} answered, ${mayBeLost} perhaps to nobody`
    if (presentations.length > attempts) violations.add('I10', account, `a request without an attempt: ${sums}`)
    if (answered > handedOver.length) violations.add('I10', account, `an answer that was not given: ${sums}`)
    if (handedOver.length - answered > mayBeLost) violations.add('I10', account, `an answer is missing: ${sums}`)
  }
}

import type { Presentation } from '../../fixtures/oracle/history.ts'
import type { Oracle } from '../../fixtures/oracle.ts'
import { type Circumstances, type Explanation, explain } from '../explain.ts'
import type { Violations } from '../violation.ts'

/** A grant that ended because a successor reached nobody. */
export interface Loss {
  readonly account: string
  readonly at: Date
  readonly explanation: Explanation
}

/** I2, of grants that have ended: only where the platform has no grace, and only when the answer reached nobody alive. */
export function judgeLoss(
  oracle: Oracle,
  account: string,
  circumstances: Circumstances,
  violations: Violations,
): Loss | null {
  const connection = Math.max(
    ...oracle.issued.filter((issued) => issued.account === account).map((issued) => issued.connection),
  )
  const shown = oracle.presentations.filter((one) => one.account === account && one.connection === connection)
  const fatal = shown.find(({ verdict }) => verdict === 'dead')
  const spending = shown.find(({ token, verdict }) => token === fatal?.token && verdict === 'rotated')
  const explanation = spending === undefined ? null : explain(spending, circumstances)
  if (explanation === null || fatal?.platform !== 'X') {
    violations.add('I2', account, `connection ${connection} was lost, and nothing explains it: ${describe(spending)}`)
    return null
  }
  return { account, at: fatal.at, explanation }
}

function describe(spending: Presentation | undefined): string {
  if (spending === undefined) return 'no spent token was presented'
  const { at, endedAt, by, isHandedOver } = spending
  return `spent at ${at.toISOString()} by ${by}, ended at ${endedAt?.toISOString()}, handed over: ${isHandedOver}`
}

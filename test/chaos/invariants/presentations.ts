import type { Presentation } from '../../fixtures/oracle/history.ts'
import type { Oracle } from '../../fixtures/oracle.ts'
import { type Circumstances, explain } from '../explain.ts'
import type { Violations } from '../violation.ts'

/**
 * I1: a token that was spent is presented again only when the answer may have reached nobody alive, or within the
 * platform's grace. I6: no account has two exchanges at once.
 */
export function judgePresentations(oracle: Oracle, circumstances: Circumstances, violations: Violations): void {
  const before = new Map<string, Presentation>()
  for (const presentation of oracle.presentations) {
    const { token, account, verdict } = presentation
    if (verdict === 'unknown') violations.add('I1', account, 'a token was presented that was never issued')
    const earlier = before.get(token)
    if (verdict !== 'untouched') before.set(token, presentation)
    if (earlier === undefined || !isSpent(earlier) || verdict === 'repeated') continue
    if (explain(earlier, circumstances) !== null) continue
    const when = `${earlier.at.toISOString()} by ${earlier.by} and ${presentation.at.toISOString()} by ${presentation.by}`
    violations.add('I1', account, `a token was presented at ${when}; nothing explains it`)
  }
  for (const { account, first, second } of oracle.overlaps) {
    const moments = `${first.at.toISOString()} by ${first.by} and ${second.at.toISOString()} by ${second.by}`
    if (explain(first, circumstances) === null) violations.add('I6', account, `two exchanges at once: ${moments}`)
  }
}

const isSpent = ({ verdict }: Presentation) => verdict === 'rotated' || verdict === 'repeated'

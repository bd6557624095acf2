import type { MatchingAccounts } from '../../database/make-due.ts'
import { RENEWED_RECENTLY_MINUTES } from '../../database/make-due.ts'
import type { OutcomeCount, TargetOutcome } from '../../database/refresh-targets.ts'
import { count } from '../progress.ts'
import { layOut, moment } from '../table.ts'
import { print, type Terminal } from '../terminal.ts'
import type { Requested } from './request.ts'
import { hasRenewed } from './wait-for-outcomes.ts'

type Format = { readonly json?: true | undefined }

/** Says in a sentence what a request has set going. */
export function describeRequested({ accounts, underWay, renewedRecently }: Requested): string {
  const already = underWay === 0 ? '' : `; ${count(underWay)} were due or under way already`
  const fresh =
    renewedRecently === 0
      ? ''
      : ` Left alone: ${count(renewedRecently)} that were renewed within ${RENEWED_RECENTLY_MINUTES} minutes.`
  return `Made ${count(accounts - underWay)} due${already}.${fresh}`
}

/** Shows how many accounts a request would refresh. */
export async function showMatching(
  matching: readonly Omit<MatchingAccounts, 'app'>[],
  { json }: Format,
  terminal: Terminal,
): Promise<void> {
  const accounts = matching.reduce((sum, found) => sum + found.accounts, 0)
  if (json) await print(terminal.output, JSON.stringify({ accounts, platforms: matching }))
  else if (matching.length > 0) {
    const rows = matching.map((found) => [found.platform, found.accounts, found.renewedRecently])
    await print(terminal.output, layOut([['PLATFORM', 'ACCOUNTS', 'LEFT ALONE: JUST RENEWED'], ...rows]))
  }
  await print(terminal.messages, `Would refresh ${count(accounts)}. Nothing was changed.`)
}

/** Shows how many accounts had which outcome, and the listed ones with their reasons. */
export async function showOutcomes(
  outcomes: readonly OutcomeCount[],
  accounts: readonly TargetOutcome[],
  { json }: Format,
  terminal: Terminal,
): Promise<void> {
  const ended = outcomes.flatMap(({ outcome, accounts: many }) => (outcome === null ? [] : [{ outcome, many }]))
  const listed = accounts.filter((account) => !hasRenewed(account)).length
  const unlisted = countAccounts(outcomes, (outcome) => outcome !== null && !hasRenewed({ outcome })) - listed
  if (json) {
    const waiting = countAccounts(outcomes, (outcome) => outcome === null)
    const counts = Object.fromEntries(ended.map(({ outcome, many }) => [outcome, many]))
    return print(terminal.output, JSON.stringify({ outcomes: counts, waiting, accounts, unlisted }))
  }
  if (ended.length > 0) {
    const rows = ended.map(({ outcome, many }) => [outcome, many])
    await print(terminal.output, layOut([['OUTCOME', 'ACCOUNTS'], ...rows]))
  }
  if (accounts.length > 0) await print(terminal.output, `\n${layOut([HEADING, ...accounts.map(toRow)])}`)
  if (unlisted > 0) await print(terminal.output, `… and ${count(unlisted)} more that did not renew.`)
}

const HEADING = ['ID', 'PLATFORM', 'HANDLE', 'OUTCOME', 'TOKEN EXPIRES (UTC)', 'REASON']

function toRow({ accountId, platform, handle, outcome, tokenExpiresAt, error, code }: TargetOutcome): string[] {
  const reason = [error ?? '', code === null ? '' : `(${code})`].filter((part) => part !== '').join(' ')
  return [accountId, platform ?? '', handle ?? '', outcome, moment(tokenExpiresAt), reason]
}

/** How many accounts have one of the outcomes that are meant. */
export function countAccounts(outcomes: readonly OutcomeCount[], isMeant: (outcome: string | null) => boolean): number {
  return outcomes.reduce((sum, { outcome, accounts }) => sum + (isMeant(outcome) ? accounts : 0), 0)
}

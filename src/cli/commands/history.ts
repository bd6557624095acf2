import { type AccountAttempt, type AccountSummary, findAccount, readHistory } from '../../database/account-history.ts'
import { openMigratedSession } from '../session.ts'
import { layOut, moment } from '../table.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

export interface HistoryOptions {
  readonly limit: number
  readonly json?: true
}

/** Shows what was tried for an account, the newest attempt first. */
export async function runHistory(id: string, { limit, json }: HistoryOptions, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  const account = await findAccount(session.db, id)
  if (account === null) throw new Refusal(`There is no account ${id}. The accounts list command shows their ids.`)
  const attempts = await readHistory(session.db, { accountId: id, limit })
  if (json) return await print(terminal.output, JSON.stringify(attempts))
  await print(terminal.messages, describe(account))
  if (attempts.length === 0) return await print(terminal.messages, 'Nothing was tried yet.')
  await print(terminal.output, layOut([HEADING, ...attempts.map(toRow)]))
}

const HEADING = [
  'STARTED (UTC)',
  'TRIGGER',
  'OUTCOME',
  'TOOK',
  'HTTP',
  'CODE',
  'TOKEN ENDED (UTC)',
  'TOKEN ENDS (UTC)',
  'WORKER',
  'REASON',
]

function toRow(attempt: AccountAttempt): (string | number)[] {
  const { startedAt, finishedAt, outcome, lostRotation } = attempt
  return [
    moment(startedAt),
    attempt.trigger,
    `${outcome ?? 'not ended'}${lostRotation ? ', lost by us' : ''}`,
    finishedAt === null ? '–' : `${finishedAt.getTime() - startedAt.getTime()} ms`,
    attempt.httpStatus ?? '–',
    attempt.code ?? '–',
    moment(attempt.oldTokenExpiresAt),
    moment(attempt.newTokenExpiresAt),
    attempt.worker,
    attempt.error ?? '',
  ]
}

function describe({ id, platform, handle, status, tokenExpiresAt, dueAt }: AccountSummary): string {
  const next = dueAt === null ? 'nothing is due' : `due ${moment(dueAt)}`
  return layOut([[`${id}  ${platform}  ${handle}  ${status}  token ends ${moment(tokenExpiresAt)}  ${next}`]])
}

import type { Accounts } from './accounts.ts'
import { judgeAnswer } from './judge-answer.ts'

/** From a good answer to the moment at which the rules call the account due again. */
export function cycleOf(accounts: Accounts, account: number): number {
  const { dueAt } = judgeAnswer(accounts, account, { answer: 'good', atMs: 0, random: 0 })
  if (dueAt === null) throw new Error('an account that was renewed is not due again')
  return dueAt.getTime()
}

import { performance } from 'node:perf_hooks'
import type { Agents } from '../oauth/agents.ts'
import { send } from '../oauth/send.ts'
import type { Exchange, Strategy, Subject } from '../platforms/strategy.ts'
import type { Finding } from '../rules/outcome.ts'

export interface Conversation {
  readonly finding: Finding
  /** Of the last answer, or where the attempt fails, of the last one that refused; null when none came. */
  readonly httpStatus: number | null
}

export interface ConversationLimits {
  /** For all exchanges together. */
  readonly deadlineMs: number
  readonly mayStillSend: () => boolean
}

/** More exchanges than any strategy has: a bug must not become a flood. */
const MOST_EXCHANGES = 6

/** Carries a strategy's requests to the platform and its answers back, until the strategy knows what they mean. */
export async function converse(
  strategy: Strategy,
  subject: Subject,
  agents: Agents,
  { deadlineMs, mayStillSend }: ConversationLimits,
): Promise<Conversation> {
  const startedMs = performance.now()
  let exchange: Exchange = {
    request: strategy.describe(subject),
    read: (answer) => strategy.read(answer, subject),
  }
  let refusedWith: number | null = null
  for (let asked = 0; asked < MOST_EXCHANGES; asked++) {
    const { request } = exchange
    const leftMs = Math.max(1, Math.ceil(deadlineMs - (performance.now() - startedMs)))
    const sent = await send(agents.for(request), request, { deadlineMs: leftMs, mayStillSend })
    if (sent.kind !== 'answered') {
      if (exchange.unanswered !== undefined) return { finding: exchange.unanswered, httpStatus: refusedWith }
      const mayBeSpent = sent.kind === 'no_answer' && request.spendsToken
      return { finding: { kind: 'no_answer', code: sent.code, mayBeSpent }, httpStatus: null }
    }
    const { status } = sent.answer
    if (status >= 400) refusedWith = status
    const reading = exchange.read(sent.answer)
    if (reading.kind !== 'ask')
      return { finding: reading, httpStatus: isGood(reading) ? status : (refusedWith ?? status) }
    exchange = reading.exchange
  }
  throw new Error(`${strategy.platform} asked for more than ${MOST_EXCHANGES} exchanges`)
}

const isGood = ({ kind }: Finding) => kind === 'renewed' || kind === 'healthy'

import { performance } from 'node:perf_hooks'
import type { Agents } from '../oauth/agents.ts'
import type { Answer } from '../oauth/request.ts'
import { send } from '../oauth/send.ts'
import { signRequest } from '../oauth/sign-request.ts'
import type { Exchange, Strategy, Subject } from '../platforms/strategy.ts'
import type { Finding } from '../rules/outcome.ts'
import { withhold } from './stored-credential.ts'

export interface Conversation {
  readonly finding: Finding
  /** Of the answer that decided, which is not that of a mere look-up afterwards; null when none came. */
  readonly httpStatus: number | null
}

export interface ConversationLimits {
  /** For all look-ups together, and anew for each request that shows the token. */
  readonly deadlineMs: number
  readonly mayStillSend: () => boolean
  /** Waits until the platform's limit allows one more request, and tells for how long, in milliseconds. */
  readonly turn: () => Promise<number>
}

/** More exchanges than any strategy has: a bug must not become a flood. */
const MOST_EXCHANGES = 8

/** Carries a strategy's requests to the platform and its answers back, until the strategy knows what they mean. */
export async function converse(
  strategy: Strategy,
  subject: Subject,
  agents: Agents,
  { deadlineMs, mayStillSend, turn }: ConversationLimits,
): Promise<Conversation> {
  const startedMs = performance.now()
  const clock = () => new Date(subject.now.getTime() + performance.now() - startedMs)
  let waitedMs = 0
  let decided: number | null = null
  let exchange: Exchange = {
    request: strategy.describe(subject),
    read: (answer) => strategy.read(answer, subject),
  }
  for (let asked = 0; asked < MOST_EXCHANGES; asked++) {
    const { request, unanswered } = exchange
    waitedMs += await turn()
    const signed = await signRequest(request, agents.nonces.find(request.url), clock())
    const leftMs = Math.max(1, Math.ceil(deadlineMs - (performance.now() - startedMs - waitedMs)))
    // Slow look-ups must not cut short the wait for what may be the only token that works; the lease has room for both.
    const patienceMs = request.spendsToken ? deadlineMs : leftMs
    const sent = await send(agents.for(signed), signed, { deadlineMs: patienceMs, mayStillSend })
    if (sent.kind !== 'answered') {
      if (unanswered !== undefined) return { finding: unanswered, httpStatus: decided }
      const mayBeSpent = sent.kind === 'no_answer' && request.spendsToken
      return { finding: { kind: 'no_answer', code: sent.code, mayBeSpent }, httpStatus: null }
    }
    const { status } = sent.answer
    agents.nonces.learn(request.url, sent.answer)
    if (status >= 400 || request.spendsToken) decided = statusOf(sent.answer)
    const reading = exchange.read(sent.answer)
    if (reading.kind === 'ask') exchange = reading.exchange
    else {
      const ownStatus = statusOf(sent.answer)
      const finding = withhold(reading, [subject.clientSecret, subject.clientKey?.d])
      return { finding, httpStatus: isWell(reading) ? ownStatus : (decided ?? ownStatus) }
    }
  }
  throw new Error(`${strategy.platform} asked for more than ${MOST_EXCHANGES} exchanges`)
}

/** Null: a number that is no status of HTTP, and counts as 5xx. @see rfc9110#section-15 */
const statusOf = ({ status }: Answer) => (status >= 100 && status <= 599 ? status : null)

const isWell = ({ kind }: Finding) => kind === 'renewed' || kind === 'healthy'

import type { Answer } from '../../../src/oauth/request.ts'
import type { Exchange, Reading, Strategy, Subject } from '../../../src/platforms/strategy.ts'
import type { OutcomeKind } from '../../../src/rules/outcome.ts'

/** One answer on the wire; a body that is a text is a page. */
export type Wire = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>]

/** One row of a platform's error table: what it answers, request by request, and what the attempt is to lead to. */
export interface Row {
  readonly answers: readonly Wire[]
  readonly outcome: OutcomeKind
}

/** The rows of one kind of account. They are read by the strategy's own test, and sent through the daemon. */
export interface Table {
  readonly strategy: Strategy
  readonly rows: readonly Row[]
}

/** A row with a single answer. */
export const row = (status: number, body: unknown, outcome: OutcomeKind, headers?: Record<string, string>): Row => ({
  answers: [headers === undefined ? [status, body] : [status, body, headers]],
  outcome,
})

/** The answer as a strategy reads it. */
export const answerOf = ([status, body, headers = {}]: Wire): Answer => ({
  status,
  headers,
  json: typeof body === 'string' ? undefined : body,
  page: typeof body === 'string' ? body : null,
})

/** Follows a strategy through scripted answers; returns what it made of the last one, and what it asked on the way. */
export function readAll(strategy: Strategy, subject: Subject, answers: readonly Wire[]) {
  const asked: Exchange['request'][] = []
  let exchange: Exchange = { request: strategy.describe(subject), read: (answer) => strategy.read(answer, subject) }
  for (const wire of answers) {
    asked.push(exchange.request)
    const reading = exchange.read(answerOf(wire))
    if (reading.kind !== 'ask') return { asked, reading: reading as Reading }
    exchange = reading.exchange
  }
  return { asked: [...asked, exchange.request], reading: null }
}

/** The outcome that a reading leads to at the first attempt. */
export const outcomeOf = (reading: Reading | null): OutcomeKind | null =>
  reading?.kind === 'cannot_renew' ? 'not_yet_refreshable' : (reading?.kind ?? null)

import type { Exchange, NextExchange } from './strategy.ts'

/** Leads to one more exchange. */
export const ask = (
  request: Exchange['request'],
  read: Exchange['read'],
  unanswered?: Exchange['unanswered'],
): NextExchange => ({
  kind: 'ask',
  exchange: { request, read, ...(unanswered === undefined ? {} : { unanswered }) },
})

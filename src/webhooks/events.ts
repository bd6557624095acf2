/** What products can be told of. The migration 0004 and `database/webhook-events.ts` record them. */
export const EVENT_TYPES = [
  'account.token_expired',
  'account.revoked',
  'account.recovered',
  'account.reconnect_due',
  'platform.paused',
  'platform.resumed',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

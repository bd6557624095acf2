import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'

/** What a trace tells of an attempt: ids, kinds and times. */
export interface TracedAttempt {
  readonly accountId: string
  readonly attemptId: string
  readonly platform: string
  readonly trigger: string
  readonly outcome: string
  readonly code: string | null
  readonly httpStatus: number | null
  readonly lostRotation: boolean
  readonly durationMs: number
  readonly leaseMs: number
  readonly askMs: number | null
  readonly commitMs: number
}

/**
 * Writes down an attempt that has just ended, as a span with one each for lease, request and commit below it.
 *
 * It is done afterwards and from measured times, so that nothing of it stands between the platform's answer and the
 * commit, and no platform is sent a trace id.
 */
export function traceAttempt(attempt: TracedAttempt): void {
  const tracer = trace.getTracer('token-refresh-worker')
  const { durationMs, leaseMs, askMs, commitMs } = attempt
  const endedMs = Date.now()
  const startedMs = endedMs - durationMs
  const whole = tracer.startSpan('refresh', { startTime: startedMs, attributes: attributesOf(attempt) })
  const inside = trace.setSpan(context.active(), whole)
  const phase = (name: string, fromMs: number, lastsMs: number, kind = SpanKind.INTERNAL) =>
    tracer.startSpan(name, { startTime: startedMs + fromMs, kind }, inside).end(startedMs + fromMs + lastsMs)

  phase('lease', 0, leaseMs)
  if (askMs !== null) phase('request', leaseMs, askMs, SpanKind.CLIENT)
  phase('commit', leaseMs + (askMs ?? 0), commitMs)
  if (attempt.outcome === 'unknown' || attempt.lostRotation) whole.setStatus({ code: SpanStatusCode.ERROR })
  whole.end(endedMs)
}

function attributesOf({ accountId, attemptId, platform, trigger, outcome, code, httpStatus }: TracedAttempt) {
  return {
    'token_refresh.account_id': accountId,
    'token_refresh.attempt_id': attemptId,
    'token_refresh.platform': platform,
    'token_refresh.trigger': trigger,
    'token_refresh.outcome': outcome,
    ...(code === null ? {} : { 'token_refresh.code': code }),
    ...(httpStatus === null ? {} : { 'http.response.status_code': httpStatus }),
  }
}

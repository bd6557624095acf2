import { setTimeout as wait } from 'node:timers/promises'
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import { startNodeSdk } from '@opentelemetry/sdk-node'
import type { Telemetry } from 'bullmq'
import { BullMQOtel } from 'bullmq-otel'
import { complainer } from '../complaint.ts'
import type { Log } from '../log.ts'
import type { TracingConfig } from '../tracing-config.ts'
import { SECOND_MS } from '../units.ts'
import { type TracedAttempt, traceAttempt } from './attempt-spans.ts'

/** Disposing hands over what was traced, if that takes no more than a moment. */
export interface Tracing extends AsyncDisposable {
  /** For BullMQ's own spans, of queues and workers. */
  readonly telemetry: Telemetry
  readonly traceAttempt: (attempt: TracedAttempt) => void
}

/** A collector that is away must not keep a process from ending. */
const LAST_DELIVERY_MS = 3 * SECOND_MS

/**
 * Starts OpenTelemetry as the `OTEL_*` settings of the process say. For traces alone: metrics have `/metrics`, and the log
 * is on stdout. There is one per process, since OpenTelemetry keeps it in a global place.
 */
export function startTracing({ serviceName }: TracingConfig, log: Log): Tracing {
  const sdk = startNodeSdk({
    metricReaders: [],
    logRecordProcessors: [],
    ...(serviceName === null ? {} : { resourceAttributes: { 'service.name': serviceName } }),
    // It would write to the console, among our lines.
    logLevel: 'none',
  })
  diag.setLogger(loggerOf(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  return {
    telemetry: new BullMQOtel({ tracerName: 'bullmq' }),
    traceAttempt,
    async [Symbol.asyncDispose]() {
      const delivery = sdk.shutdown().catch((err) => log.warn({ err }, 'the last traces could not be delivered'))
      await Promise.race([delivery, wait(LAST_DELIVERY_MS, undefined, { ref: false })])
    },
  }
}

function loggerOf(log: Log): DiagLogger {
  const complain = complainer(log, 'traces are not delivered')
  // An error of the exporter comes as JSON with its stack.
  const reasonIn = (message: string) => /"message":"((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message
  const tell = (message: string) => complain(new Error(reasonIn(message).slice(0, 300)))
  const ignore = () => {}
  return { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }
}

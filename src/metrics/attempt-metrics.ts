import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { PLATFORMS } from '../account.ts'
import { SECOND_MS } from '../units.ts'

/** What is counted of one attempt: no id and no word of a platform, so that there are few series. */
export interface CountedAttempt {
  readonly platform: string
  readonly trigger: string
  readonly outcome: string
  readonly lostRotation: boolean
  readonly durationMs: number
  readonly answerMs: number | null
  readonly commitMs: number
  readonly leftMs: number | null
}

export interface AttemptMetrics {
  attempted(attempt: CountedAttempt): void
  /** A job found nothing to do: somebody else holds the lease, or the account was seen to. */
  foundNoLease(app: string): void
  /** An attempt ended with an error of ours. */
  brokeOff(app: string): void
  appChanged(app: string, change: 'paused' | 'resumed'): void
  /** An outcome could not be saved and is kept in memory. */
  keptUnsaved(): void
  /** It is saved, or given up. */
  endedUnsaved(): void
  countUnsaved(): number
  /** So many outcomes wait in the escrow, as far as this process sees. */
  countedEscrow(entries: number): void
  savedFromEscrow(): void
}

const ANSWER_BUCKETS_S = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60]
const COMMIT_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120]
/** From an hour too late to a month ahead: platforms differ that much. */
const LEFT_BUCKETS_S = [-3600, -600, -60, 0, 60, 300, 600, 1800, 3600, 14_400, 86_400, 604_800, 2_592_000]

export function openAttemptMetrics(registry: Registry): AttemptMetrics {
  const counters = openCounters(registry)
  const durations = openDurations(registry)
  const unsaved = new Gauge({
    name: 'token_refresh_unsaved_outcomes',
    help: 'Outcomes that this process could not save yet and tries on',
    registers: [registry],
  })
  const escrow = new Gauge({
    name: 'token_refresh_escrow_entries',
    help: 'New tokens that the database has not taken yet, in the escrow as this process sees it',
    registers: [registry],
  })
  let unsavedCount = 0
  // Prometheus sees no increase from nothing to one.
  for (const platform of PLATFORMS) counters.lostRotations.inc({ platform }, 0)
  return {
    attempted({ platform, trigger, outcome, lostRotation, durationMs, answerMs, commitMs, leftMs }) {
      counters.attempts.inc({ platform, trigger, outcome })
      if (lostRotation) counters.lostRotations.inc({ platform })
      durations.whole.observe({ platform }, durationMs / SECOND_MS)
      durations.commit.observe({ platform }, commitMs / SECOND_MS)
      if (answerMs !== null) durations.answer.observe({ platform }, answerMs / SECOND_MS)
      if (outcome !== 'renewed' || leftMs === null) return
      durations.left.observe({ platform }, leftMs / SECOND_MS)
      if (leftMs < 0) counters.expired.inc({ platform }, -leftMs / SECOND_MS)
    },
    foundNoLease: (app) => counters.leaseConflicts.inc({ app }),
    brokeOff: (app) => counters.broken.inc({ app }),
    appChanged: (app, change) => counters.appChanges.inc({ app, change }),
    keptUnsaved: () => unsaved.set(++unsavedCount),
    endedUnsaved: () => unsaved.set(--unsavedCount),
    countUnsaved: () => unsavedCount,
    countedEscrow: (entries) => escrow.set(entries),
    savedFromEscrow: () => counters.savedFromEscrow.inc(),
  }
}

function openCounters(registry: Registry) {
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `token_refresh_${name}`, help, labelNames, registers: [registry] })
  return {
    attempts: counter('attempts_total', 'Attempts that ended', 'platform', 'trigger', 'outcome'),
    lostRotations: counter(
      'lost_rotations_total',
      'Grants that ended because a new token did not reach us: our own failures',
      'platform',
    ),
    expired: counter(
      'expired_token_seconds_total',
      'Seconds that accounts spent with an expired access token before they were renewed',
      'platform',
    ),
    leaseConflicts: counter('lease_conflicts_total', 'Jobs for which there was no lease and nothing to do', 'app'),
    savedFromEscrow: counter('escrow_saved_total', 'Outcomes that this process saved from the escrow'),
    broken: counter('broken_attempts_total', 'Attempts that broke off with an error of ours', 'app'),
    appChanges: counter('app_changes_total', 'Pauses that this process began and ended', 'app', 'change'),
  }
}

function openDurations(registry: Registry) {
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({
      name: `token_refresh_${name}_seconds`,
      help,
      buckets,
      labelNames: ['platform'],
      registers: [registry],
    })
  return {
    whole: histogram('attempt_duration', 'From the lease to the end of an attempt', ANSWER_BUCKETS_S),
    answer: histogram(
      'answer_duration',
      'How long the platform took to answer, all requests together',
      ANSWER_BUCKETS_S,
    ),
    commit: histogram('commit_duration', 'From the answer until it was saved', COMMIT_BUCKETS_S),
    left: histogram('time_left', 'What was left of the access token when it was renewed', LEFT_BUCKETS_S),
  }
}

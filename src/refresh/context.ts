import type { Trigger } from '../account.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/connect.ts'
import type { Ledger } from '../database/ledger.ts'
import type { Escrow } from '../escrow/escrow.ts'
import type { Log } from '../log.ts'
import type { AttemptMetrics } from '../metrics/attempt-metrics.ts'
import type { Agents } from '../oauth/agents.ts'
import type { Vault } from '../vault.ts'
import type { Pace } from './pace.ts'

/** What every attempt needs. */
export interface RefreshContext {
  readonly db: Database
  readonly ledger: Ledger
  readonly vault: Vault
  readonly escrow: Escrow
  readonly config: Config
  readonly agents: Agents
  readonly pace: Pace
  readonly log: Log
  readonly metrics: AttemptMetrics
  /** Names this process in the history. */
  readonly worker: string
}

export interface RefreshRequest {
  readonly accountId: string
  readonly trigger: Trigger
  readonly requestedAt: Date
  /** Handed over by the scan; else somebody asked for this one account. */
  readonly isOfMany?: boolean
}

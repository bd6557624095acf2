import type { Oracle } from '../fixtures/oracle.ts'
import type { TcpProxy } from '../fixtures/tcp-proxy.ts'
import type { Daemons } from './daemons.ts'
import type { PostgresServer } from './servers/postgres-server.ts'
import type { RedisServer } from './servers/redis-server.ts'

export type Backend = 'redis' | 'postgresql'

/** Something that breaks, and is whole again afterwards. */
export interface Fault {
  /** As in the report: 'redis: down for 12 s'. */
  readonly name: string
  readonly backends: readonly Backend[]
  /** Fit for the short run: causes and ends within some 5 s. */
  readonly isShort: boolean
  /** Answers of the platform may be cut on their way without the platform knowing. */
  readonly cutsAnswers?: boolean
  /** Causes the fault, lets it last, and ends it; afterwards the world is whole again. */
  strike(world: World): Promise<void>
}

/** Everything that can be broken: three daemons, what they talk to, and what stands between. */
export interface World {
  readonly backend: Backend
  /** Seeded, 0 to 1: the same seed breaks the same things in the same order. */
  readonly random: () => number
  readonly postgres: PostgresServer
  readonly redis: RedisServer | null
  /** Between the daemons and what they talk to. */
  readonly proxies: { readonly postgres: TcpProxy; readonly redis: TcpProxy | null; readonly platform: TcpProxy }
  readonly daemons: Daemons
  readonly oracle: Oracle
  readonly accountIds: readonly string[]
  /** Asks the database, past the proxy. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  wait(ms: number): Promise<void>
}

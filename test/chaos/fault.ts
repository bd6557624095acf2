import type { TcpProxy } from '../fixtures/tcp-proxy.ts'
import type { PostgresServer } from './servers/postgres-server.ts'
import type { RedisServer } from './servers/redis-server.ts'

export type Backend = 'redis' | 'postgresql'

/** One way in which the world breaks, and becomes whole again. */
export interface Fault {
  /** As in the report: 'redis: down for 12 s'. */
  readonly name: string
  readonly backends: readonly Backend[]
  /** Fit for the short run: causes and ends within some 5 s. */
  readonly isShort: boolean
  /** Causes the fault, lets it last, and ends it; afterwards the world is whole again. */
  strike(world: World): Promise<void>
}

export interface World {
  readonly backend: Backend
  readonly random: () => number
  readonly postgres: PostgresServer
  readonly redis: RedisServer | null
  readonly proxies: { readonly postgres: TcpProxy; readonly redis: TcpProxy | null; readonly platform: TcpProxy }
  readonly accountIds: readonly string[]
  /** Straight to Postgres, past the proxy. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  wait(ms: number): Promise<void>
}

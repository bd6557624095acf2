import { startEmbeddedPostgres } from '../../../src/embedded/postgres.ts'

/** A PostgreSQL of our own, with what makes a commit durable switched on as in production. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** Address of a database, which is created when it is not there. */
  urlOf(database: string): Promise<string>
}

export async function startPostgresServer(folder: string): Promise<PostgresServer> {
  const embedded = await startEmbeddedPostgres(folder)
  const port = Number(new URL(await embedded.urlOf('postgres')).port)
  return { port, urlOf: embedded.urlOf, [Symbol.asyncDispose]: () => embedded[Symbol.asyncDispose]() }
}

import { execFile } from 'node:child_process'
import { appendFile, chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { withConnection } from '../../../src/database/connect.ts'
import { findBinaries } from '../../../src/embedded/binaries.ts'
import { findRunAs, type RunAs } from '../../../src/embedded/run-as.ts'
import { readOrMakeSecret } from '../../../src/embedded/secret-file.ts'
import { findStablePort } from '../../fixtures/stable-port.ts'

const run = promisify(execFile)

/** A PostgreSQL server that does what is asked of it, on the same port all its life. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** Address of a database, which is created when it is not there. */
  urlOf(database: string): Promise<string>
  /** `immediate` is a crash: what was not committed is lost, and the next start recovers. */
  stop(mode: 'fast' | 'immediate'): Promise<void>
  /** Resolves when it takes connections. */
  start(): Promise<void>
  /** Changes settings of the server, to be read at once where they can be; null: as it was. */
  change(settings: Readonly<Record<string, string | null>>): Promise<void>
  /** Runs statements as the superuser, in no database of ours. */
  administer<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>
}

const USER = 'postgres'

/** Creates a cluster in `folder`, which holds none, and starts it. What is committed survives a crash. */
export async function startPostgresServer(folder: string): Promise<PostgresServer> {
  const cluster = await createCluster(folder)
  const { port, address } = cluster
  await pgCtl(cluster, ['start', '--log', join(cluster.data, 'server.log')])
  let isRunning = true
  const administer = <Row extends object>(sql: string, values: readonly unknown[] = []) =>
    withConnection(`${address}/postgres`, async (client) => (await client.query<Row>(sql, [...values])).rows)
  return {
    port,
    administer,
    async urlOf(database) {
      const [found] = await administer('select from pg_database where datname = $1', [database])
      if (found === undefined) await administer(`create database ${Client.prototype.escapeIdentifier(database)}`)
      return `${address}/${database}`
    },
    async stop(mode) {
      await pgCtl(cluster, ['stop', `--mode=${mode}`])
      isRunning = false
    },
    async start() {
      await pgCtl(cluster, ['start', '--log', join(cluster.data, 'server.log')])
      isRunning = true
    },
    async change(settings) {
      await withConnection(`${address}/postgres`, async (client) => {
        for (const [name, value] of Object.entries(settings))
          await client.query(
            value === null
              ? `alter system reset ${client.escapeIdentifier(name)}`
              : `alter system set ${client.escapeIdentifier(name)} = ${client.escapeLiteral(value)}`,
          )
        await client.query('select pg_reload_conf()')
      })
    },
    async [Symbol.asyncDispose]() {
      if (isRunning) await pgCtl(cluster, ['stop', '--mode=immediate'])
    },
  }
}

interface Cluster {
  readonly data: string
  readonly port: number
  /** Without a database. */
  readonly address: string
  readonly runAs: RunAs
}

async function createCluster(folder: string): Promise<Cluster> {
  const data = join(folder, 'postgres')
  const passwordFile = join(folder, 'postgres-password')
  const password = await readOrMakeSecret(passwordFile, 'hex')
  const runAs = await findRunAs()
  await mkdir(data, { mode: 0o700 })
  if (runAs.owner !== null) await chown(data, runAs.owner.uid, runAs.owner.gid)
  const { initdb } = await findBinaries()
  const access = [`--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const text = ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--lc-messages=C']
  await runProgram(runAs, initdb, [`--pgdata=${data}`, ...access, ...text, '--no-sync'])
  const port = await findStablePort()
  // In the file, because what stands on the command line cannot be changed by `alter system`.
  const settings = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    'max_connections = 200',
  ]
  await appendFile(join(data, 'postgresql.conf'), `\n${settings.join('\n')}\n`)
  return { data, port, address: `postgres://${USER}:${password}@127.0.0.1:${port}`, runAs }
}

async function pgCtl({ data, runAs }: Cluster, args: readonly string[]): Promise<void> {
  const { pg_ctl } = await findBinaries()
  await runProgram(runAs, pg_ctl, [`--pgdata=${data}`, '--wait', '--timeout=60', '--silent', ...args])
}

async function runProgram({ prefix }: RunAs, program: string, args: readonly string[]): Promise<void> {
  const [command = program, ...rest] = [...prefix, program, ...args]
  // The working folder may be one that only root can enter.
  await run(command, rest, { cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } })
}

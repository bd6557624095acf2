import { execFile } from 'node:child_process'
import { chown, mkdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { withConnection } from '../database/connect.ts'
import { findBinaries } from './binaries.ts'
import { findRunAs, type RunAs } from './run-as.ts'
import { readOrMakeSecret } from './secret-file.ts'

const run = promisify(execFile)

/** A PostgreSQL server of our own, below the data folder. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Address of a database, which is created when it is not there. */
  urlOf(database: string): Promise<string>
  /** Removes a database, whoever is connected to it. */
  drop(database: string): Promise<void>
}

const USER = 'postgres'
/** Held as long as the process lives that is to stop the server. */
const OWNER_LOCK = 0x7472776f

/**
 * Starts the server in `folder`, creating it on first use. One that a crashed process left behind is taken over; one
 * that another process owns is shared. Disposing stops the server if it is ours, and waits until it has stopped.
 *
 * @param settings of the server, such as `fsync=off` in tests
 */
export async function startEmbeddedPostgres(
  folder: string,
  settings: readonly string[] = [],
): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(folder)
  await mkdir(resolve(folder), { recursive: true })
  if ((await findServer(cluster)) === null) {
    await createOnFirstUse(cluster)
    await start(cluster, settings).catch(async (error) => {
      // Another process may have been faster.
      if ((await findServer(cluster)) === null) throw error
    })
  }
  const url = await findServer(cluster)
  if (url === null) throw new Error(`the embedded PostgreSQL in ${cluster.data} started and is gone again`)
  const owner = await tryToOwn(`${url}/postgres`)
  return {
    async urlOf(database) {
      await withConnection(`${url}/postgres`, (client) => createDatabase(client, database))
      return `${url}/${database}`
    },
    drop: (database) =>
      withConnection(`${url}/postgres`, async (client) => {
        await client.query(`drop database if exists ${client.escapeIdentifier(database)} with (force)`)
      }),
    async [Symbol.asyncDispose]() {
      if (owner === null) return
      await owner.end()
      await control(cluster, ['stop', '--mode=fast'])
    },
  }
}

/** Address of a database on the server that another process runs in `folder`; null when none runs. */
export async function findEmbeddedUrl(folder: string, database: string): Promise<string | null> {
  const exists = await stat(join(resolve(folder), 'postgres', 'PG_VERSION')).catch(() => null)
  if (exists === null) return null
  const url = await findServer(await openCluster(folder))
  return url === null ? null : `${url}/${database}`
}

interface Cluster {
  readonly data: string
  readonly passwordFile: string
  readonly password: string
  readonly runAs: RunAs
}

async function openCluster(folder: string): Promise<Cluster> {
  const passwordFile = join(resolve(folder), 'postgres-password')
  const password = await readOrMakeSecret(passwordFile, 'hex')
  return { data: join(resolve(folder), 'postgres'), passwordFile, password, runAs: await findRunAs() }
}

async function createOnFirstUse({ data, passwordFile, runAs }: Cluster): Promise<void> {
  const exists = await stat(join(data, 'PG_VERSION')).catch(() => null)
  if (exists !== null) return
  await mkdir(data, { recursive: true, mode: 0o700 })
  if (runAs.owner !== null) await chown(data, runAs.owner.uid, runAs.owner.gid)
  const { initdb } = await findBinaries()
  const access = [`--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const text = ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--lc-messages=C']
  await runProgram(runAs, initdb, [`--pgdata=${data}`, ...access, ...text])
}

async function start(cluster: Cluster, settings: readonly string[]): Promise<void> {
  const port = await findFreePort()
  const ours = [`port=${port}`, 'listen_addresses=127.0.0.1', "unix_socket_directories=''", 'max_connections=200']
  const flags = [...ours, ...settings].map((setting) => `-c ${setting}`).join(' ')
  // pg_ctl makes the server a session of its own, so that Ctrl-C reaches us alone and we stop it last.
  await control(cluster, ['start', '--log', join(cluster.data, 'server.log'), '--options', flags])
}

async function control({ data, runAs }: Cluster, args: readonly string[]): Promise<void> {
  const { pg_ctl } = await findBinaries()
  await runProgram(runAs, pg_ctl, [`--pgdata=${data}`, '--wait', '--timeout=60', '--silent', ...args])
}

async function runProgram({ prefix }: RunAs, program: string, args: readonly string[]): Promise<void> {
  const [command = program, ...rest] = [...prefix, program, ...args]
  try {
    // The working folder may be one that only root can enter.
    await run(command, rest, { cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } })
  } catch (cause) {
    throw new Error(`the embedded PostgreSQL did not come up: ${program} failed`, { cause })
  }
}

/** The address without a database, when a server answers there; a server writes its port into its pid file. */
async function findServer({ data, password }: Cluster): Promise<string | null> {
  const pidFile = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const port = pidFile.split('\n')[3]
  if (!port) return null
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}`
  const client = new Client(`${url}/postgres`)
  try {
    await client.connect()
    return url
  } catch {
    return null
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** A connection that marks this process as the one that stops the server; null when another process is that. */
async function tryToOwn(url: string): Promise<Client | null> {
  const client = new Client({ connectionString: url, application_name: 'token-refresh-worker owner' })
  await client.connect()
  client.on('error', () => undefined)
  const { rows } = await client.query<{ owns: boolean }>('select pg_try_advisory_lock($1) as owns', [OWNER_LOCK])
  if (rows[0]?.owns) return client
  await client.end()
  return null
}

async function createDatabase(client: Client, database: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
  if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`)
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise<void>((done) => server.close(() => done()))
  if (address === null || typeof address === 'string') throw new Error('no free port was found')
  return address.port
}

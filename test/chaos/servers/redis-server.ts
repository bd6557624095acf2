import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findStablePort } from '../../fixtures/stable-port.ts'

/** A Redis server that does what is asked of it, on the same port all its life. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Ends it as an operator does: what it holds is there at the next start. */
  stop(): Promise<void>
  /** Ends it at once: up to a second of what it had confirmed may be lost. */
  kill(): Promise<void>
  /** Resolves when it takes connections. `empty`: everything that it held is lost. */
  start(options?: { readonly empty?: boolean }): Promise<void>
  /** The process stands still and keeps its connections. */
  freeze(): void
  thaw(): void
  flushAll(): Promise<void>
  /** Breaks the connections of all clients but those that only listen; blocked ones too. */
  killClients(): Promise<void>
  /** Beyond it writes fail with OOM, as it evicts nothing; null: no limit. */
  limitMemory(bytes: number | null): Promise<void>
  /** Talks to it past any proxy, for a moment. */
  withClient<T>(use: (client: Redis) => Promise<T>): Promise<T>
}

/** Starts `redis-server`, which has to be on the path, with its append-only file in `folder`. */
export async function startRedisServer(folder: string): Promise<RedisServer> {
  const data = join(folder, 'redis')
  const port = await findStablePort()
  const url = `redis://127.0.0.1:${port}`
  await mkdir(data, { recursive: true })
  let server = await launch(port, data)
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill(signal)
    // One that is frozen hears of nothing else.
    server.kill('SIGCONT')
    await exited
  }
  const withClient = async <T>(use: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(url, { maxRetriesPerRequest: 1 })
    client.on('error', () => {})
    try {
      return await use(client)
    } finally {
      client.disconnect()
    }
  }
  return {
    port,
    url,
    withClient,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async start({ empty = false } = {}) {
      if (empty) await rm(data, { recursive: true })
      await mkdir(data, { recursive: true })
      server = await launch(port, data)
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    flushAll: () => withClient(async (client) => void (await client.flushall())),
    killClients: () => withClient(async (client) => void (await client.call('CLIENT', 'KILL', 'TYPE', 'normal'))),
    limitMemory: (bytes) => withClient(async (client) => void (await client.config('SET', 'maxmemory', bytes ?? 0))),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

async function launch(port: number, data: string): Promise<ChildProcess> {
  const address = ['--bind', '127.0.0.1', '--port', String(port)]
  const storage = ['--dir', data, '--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec']
  const server = spawn('redis-server', [...address, ...storage, '--maxmemory-policy', 'noeviction'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((ready, failed) => {
    let said = ''
    server.once('error', failed)
    server.once('exit', () => failed(new Error(`redis-server has ended: ${said}`)))
    server.stdout.on('data', (text: Buffer) => {
      said += text
      if (said.includes('Ready to accept connections')) ready()
    })
  })
  return server
}

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { env } from 'node:process'

export interface RedisServer extends AsyncDisposable {
  readonly url: string
}

/** Whether tests can start a `redis-server` of their own, which root on a machine with apt gets from Debian. */
export function findRedisServer(): boolean {
  if (!has('redis-server') && has('apt-get') && process.getuid?.() === 0) install()
  if (has('redis-server')) return true
  const message = 'No redis-server on PATH: the tests that break a Redis of their own do not run.'
  if (env.CI === 'true') throw new Error(message)
  console.warn(message)
  return false
}

/**
 * Finds a Redis for the tests: the one of `REDIS_URL`, else a private `redis-server`. Null, with a line that says so, where
 * there is neither.
 */
export async function startRedis(hasServer: boolean): Promise<RedisServer | null> {
  if (env.REDIS_URL) return { url: env.REDIS_URL, async [Symbol.asyncDispose]() {} }
  if (hasServer) return startPrivate()
  console.warn('No REDIS_URL either: the tests of the Redis backend do not run.')
  return null
}

function has(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function install(): void {
  console.log("Installing Debian's redis-server for the tests of the Redis backend …")
  const options = { stdio: 'ignore', env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  try {
    execFileSync('apt-get', ['update'], options)
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], options)
  } catch {
    console.warn('redis-server could not be installed.')
  }
}

async function startPrivate(): Promise<RedisServer> {
  const port = await findFreePort()
  const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--databases', '64']
  const server = spawn('redis-server', ['--port', String(port), ...settings], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((ready, failed) => {
    server.once('error', failed)
    server.once('exit', () => failed(new Error('redis-server has ended')))
    server.stdout.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) ready()
    })
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM')
      await once(server, 'exit')
    },
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

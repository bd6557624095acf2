import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ROLES, type Role } from '../../src/role.ts'
import { aDataDir } from '../../test/fixtures/data-dir.ts'

export const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface BenchProcess extends AsyncDisposable {
  readonly pid: number
}

/**
 * Starts a Node of its own, with nothing of our environment but the path. Disposing stops it as an operator does. What it
 * says on its standard error is shown when it fails.
 */
export function startNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): BenchProcess & { readonly child: ChildProcess } {
  const dataDir = aDataDir()
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, args, {
    env: { PATH, HOME, DATA_DIR: dataDir.path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const messages: Buffer[] = []
  child.stderr.on('data', (chunk) => void messages.push(chunk))
  child.once('close', (code) => {
    if (code !== 0 && code !== null) process.stderr.write(Buffer.concat(messages))
  })
  const ended = once(child, 'exit')
  // Of a run that is broken off nobody waits for the measurement that holds this one.
  const endWithUs = () => void child.kill()
  process.once('exit', endWithUs)
  return {
    pid: child.pid ?? 0,
    child,
    async [Symbol.asyncDispose]() {
      process.off('exit', endWithUs)
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended
      await dataDir[Symbol.asyncDispose]()
    },
  }
}

/** Starts a daemon as its users do, and waits until it runs. `url`: where it answers. */
export async function startDaemonProcess(
  env: Readonly<Record<string, string>>,
  roles: readonly Role[] = ROLES,
): Promise<BenchProcess & { readonly url: string }> {
  const daemon = startNode([MAIN, 'daemon', '--roles', roles.join(',')], { PORT: '0', LIST_DRAIN_MS: '0', ...env })
  const { input } = await readLine(daemon.child, /"the daemon runs"/)
  return { ...daemon, url: JSON.parse(input).url }
}

/**
 * Waits for a line on a process's standard output; what comes after it is thrown away unread.
 *
 * @throws when the process ends before
 */
export function readLine(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
  const { stdout } = child
  if (stdout === null) throw new Error('nobody listens to this process')
  child.once('exit', (code) => reject(new Error(`the process has ended with ${code}`)))
  const lines = createInterface({ input: stdout })
  lines.on('line', (line) => {
    const found = wanted.exec(line)
    if (found === null) return
    lines.close()
    stdout.resume()
    resolve(found)
  })
  return promise
}

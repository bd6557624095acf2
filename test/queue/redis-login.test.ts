import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aKeyFor, PATH } from '../fixtures/list.ts'
import { aLog } from '../fixtures/log.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { aRedis, isMissing, type TestRedis } from '../fixtures/redis.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aVault } from '../fixtures/vault.ts'

/** The rights that the documentation gives to the login of the daemons. */
const DOCUMENTED = /^user worker on >\S+ (.*)$/m.exec(
  readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8'),
)?.[1]

test.skipIf(isMissing('redis'))('a Redis login with the documented rights is enough for a daemon', async () => {
  await using server = await aRedis()
  await using login = await aRedisLogin(server, DOCUMENTED ?? '')
  await using database = await aDatabase()
  await using platform = await aPlatformServer()
  const vault = aVault()
  const { log, lines } = aLog()
  await connect(database, vault, aDueLine({}, { refreshToken: 'token' }))
  platform.answerAll(aStrictX(['token']).answer)
  const authorization = await aKeyFor(database, null)

  {
    await using daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: login.url, log })
    await vi.waitFor(
      async () => expect(await database.query('select version from account_credentials')).toEqual([{ version: 2 }]),
      30_000,
    )
    const answer = await fetch(`${daemon.url}${PATH}`, { headers: { authorization } })
    expect(answer.status).toBe(200)
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200)
  }

  expect(lines().filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
  await expect(server.client.call('acl', 'dryrun', login.name, 'flushall')).resolves.toMatch(/no permissions/)
  await expect(server.client.call('acl', 'dryrun', login.name, 'get', 'of-another')).resolves.toMatch(/no permissions/)
})

/** A login of the server, gone when disposed. */
async function aRedisLogin({ client, url }: TestRedis, rights: string) {
  const name = `login_${randomBytes(6).toString('hex')}`
  await client.call('acl', 'setuser', name, 'on', '>hunter2', ...rights.split(' '))
  const address = new URL(url)
  address.username = name
  address.password = 'hunter2'
  return {
    name,
    url: address.href,
    async [Symbol.asyncDispose]() {
      await client.call('acl', 'deluser', name)
    },
  }
}

import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Escrow, openEscrow } from '../../src/escrow/escrow.ts'
import type { KeptOutcome } from '../../src/escrow/kept-outcome.ts'
import type { Vault } from '../../src/vault.ts'
import { aDataDir } from '../fixtures/data-dir.ts'
import { silentLog } from '../fixtures/log.ts'
import { aRedis, isMissing } from '../fixtures/redis.ts'
import { aVault } from '../fixtures/vault.ts'

const LEASE = { accountId: 'soc_one', version: 3, leaseId: '5b1c0f2e-0000-4000-8000-000000000000', attemptId: '17' }

function anOutcome(vault: Vault, lease = LEASE): KeptOutcome {
  const endsAt = new Date('2026-11-24T12:00:00.123Z')
  const settlement = {
    outcome: 'renewed',
    status: 'ACTIVE',
    dueAt: endsAt,
    renewable: true,
    inDoubt: false,
    consecutiveFailures: 0,
    error: null,
    code: null,
    tokenExpiresAt: endsAt,
    reconnectBy: null,
    lostRotation: false,
    pauseApp: null,
  } as const
  const { accountId, version } = lease
  const sealed = vault.seal({ accessToken: 'CANARY-new' }, { accountId, version: version + 1 })
  const credential = { sealed, issuedAt: endsAt, refreshTokenExpiresAt: undefined, fingerprint: 'f', scopes: null }
  return { lease, outcome: { settlement, httpStatus: 200, credential } }
}

const open = (vault: Vault, dataDir: string, redisUrl: string | null = null) =>
  openEscrow({ redisUrl, dataDir, vault, log: silentLog })

async function expectKept(escrow: Escrow, kept: KeptOutcome) {
  expect(await escrow.find(kept.lease)).toEqual(kept)
  expect(await escrow.list()).toEqual({ kept: [kept], unreadable: 0 })
}

describe('the escrow in a folder', () => {
  test('gives back what was put into it, also to the next process, until it is taken out', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const kept = anOutcome(vault)

    expect(await open(vault, dataDir.path).put(kept)).toBe(true)

    const later = open(vault, dataDir.path)
    await expectKept(later, kept)
    await later.remove(kept.lease)
    expect(await later.find(kept.lease)).toBeNull()
    expect(await later.list()).toEqual({ kept: [], unreadable: 0 })
  })

  test('is readable for its owner only, and shows no token', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    await open(vault, dataDir.path).put(anOutcome(vault))

    const folder = join(dataDir.path, 'escrow')
    const [file = '', ...others] = await readdir(folder)

    expect(others).toEqual([])
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(folder, file), 'utf8')).not.toContain('CANARY')
  })

  test('takes nothing for the account that was not put there for it', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const escrow = open(vault, dataDir.path)
    await escrow.put(anOutcome(vault))
    const folder = join(dataDir.path, 'escrow')
    const sealed = await readFile(join(folder, 'soc_one.3.jwe'), 'utf8')
    // Somebody who can write moves it to another account, rolls it back, or puts the credential itself there.
    await writeFile(join(folder, 'soc_two.3.jwe'), sealed)
    await writeFile(join(folder, 'soc_one.2.jwe'), sealed)
    await writeFile(join(folder, 'soc_one.4.jwe'), anOutcome(vault).outcome.credential?.sealed ?? '')
    await writeFile(join(folder, 'anything.jwe'), 'x')

    const { kept, unreadable } = await escrow.list()

    expect(kept.map(({ lease }) => lease)).toEqual([LEASE])
    expect(unreadable).toBe(4)
    expect(await escrow.find({ accountId: 'soc_two', version: 3 })).toBe('unreachable')
  })

  test('says so when nothing can be kept', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    await writeFile(dataDir.path, 'a file in the place of the folder')

    expect(await open(vault, dataDir.path).put(anOutcome(vault))).toBe(false)
  })
})

describe.skipIf(isMissing('redis'))('the escrow in Redis', () => {
  test('is that of the fleet, and leaves no file', async () => {
    await using dataDir = aDataDir()
    await using redis = await aRedis()
    const vault = aVault()
    const kept = anOutcome(vault)
    await using one = open(vault, dataDir.path, redis.url)
    await using other = open(vault, '/nowhere', redis.url)

    expect(await one.put(kept)).toBe(true)

    await expectKept(other, kept)
    await expect(readdir(join(dataDir.path, 'escrow'))).rejects.toThrow('ENOENT')
    expect(JSON.stringify(await redis.client.hgetall('token-refresh-worker:{escrow}'))).not.toContain('CANARY')
    await other.remove(kept.lease)
    expect(await one.find(kept.lease)).toBeNull()
  })

  test('gives way to a file when Redis is away, and does not claim to know what it holds', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const kept = anOutcome(vault)
    await using escrow = open(vault, dataDir.path, 'redis://127.0.0.1:1')

    expect(await escrow.put(kept)).toBe(true)

    await expectKept(escrow, kept)
    expect(await escrow.find({ accountId: 'soc_two', version: 1 })).toBe('unreachable')
  })
})

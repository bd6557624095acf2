import { readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openAheadFile } from '../../src/escrow/ahead-file.ts'
import { type Escrow, openEscrow } from '../../src/escrow/escrow.ts'
import { type KeptOutcome, signOutcome } from '../../src/escrow/kept-outcome.ts'
import { HOUR_MS } from '../../src/units.ts'
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
    const sealed = await readFile(join(folder, 'soc_one.3.jws'), 'utf8')
    // Somebody who can write moves it to another account, rolls it back, or puts the credential itself there.
    await writeFile(join(folder, 'soc_two.3.jws'), sealed)
    await writeFile(join(folder, 'soc_one.2.jws'), sealed)
    await writeFile(join(folder, 'soc_one.4.jws'), anOutcome(vault).outcome.credential?.sealed ?? '')
    await writeFile(join(folder, 'anything.jws'), 'x')

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

describe('what is written ahead of a commit', () => {
  test('is there for whoever comes next, and not for the process that is about to save it', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const kept = anOutcome(vault)
    const dying = open(vault, dataDir.path)

    dying.writeAhead(kept)

    expect(await dying.list()).toEqual({ kept: [], unreadable: 0 })
    const next = open(vault, dataDir.path)
    await expectKept(next, kept)
    await next.remove(kept.lease)
    expect(await next.find(kept.lease)).toBeNull()
  })

  test('is gone once it is saved, and its file with the process', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const escrow = open(vault, dataDir.path)
    escrow.writeAhead(anOutcome(vault))

    escrow.forgetAhead(LEASE)

    expect(await open(vault, dataDir.path).find(LEASE)).toBeNull()
    await escrow[Symbol.asyncDispose]()
    expect(await readdir(join(dataDir.path, 'escrow'))).toEqual([])
  })

  test('stays when its process ends with it, and goes when another has saved it', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const ending = open(vault, dataDir.path)
    ending.writeAhead(anOutcome(vault))
    ending.writeAhead(anOutcome(vault, { ...LEASE, version: 4 }))
    ending.forgetAhead(LEASE)
    await ending[Symbol.asyncDispose]()
    const [file = ''] = await readdir(join(dataDir.path, 'escrow'))
    const other = open(vault, dataDir.path)

    expect((await other.list()).kept.map(({ lease }) => lease.version)).toEqual([4])
    await other.remove({ ...LEASE, version: 4 })

    expect(await other.list()).toEqual({ kept: [], unreadable: 0 })
    await utimes(join(dataDir.path, 'escrow', file), new Date(0), new Date(Date.now() - 2 * HOUR_MS))
    await other.list()
    expect(await readdir(join(dataDir.path, 'escrow'))).toEqual([])
  })

  test('goes to another file when its own was taken away', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    await using escrow = open(vault, dataDir.path)
    escrow.writeAhead(anOutcome(vault, { ...LEASE, version: 7 }))
    await rm(join(dataDir.path, 'escrow'), { recursive: true })

    await escrow.list()
    escrow.forgetAhead({ ...LEASE, version: 7 })
    const kept = anOutcome(vault)
    escrow.writeAhead(kept)

    await expectKept(open(vault, dataDir.path), kept)
  })

  test('does not grow without end', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    await using escrow = open(vault, dataDir.path)
    const long = anOutcome(vault)
    const sizes = []

    for (let version = 1; version <= 500; version++) {
      const lease = { ...LEASE, version }
      escrow.writeAhead({ ...long, lease })
      escrow.forgetAhead(lease)
      const [file = '', ...others] = await readdir(join(dataDir.path, 'escrow'))
      expect(others).toEqual([])
      sizes.push((await stat(join(dataDir.path, 'escrow', file))).size)
    }

    expect(Math.max(...sizes)).toBeLessThan(100_000)
  })

  test('is readable for its owner only, and shows no token', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    open(vault, dataDir.path).writeAhead(anOutcome(vault))

    const folder = join(dataDir.path, 'escrow')
    const [file = '', ...others] = await readdir(folder)

    expect(others).toEqual([])
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(folder, file), 'utf8')).not.toContain('CANARY')
  })

  test('counts for nothing when it was cut off, and spoils nothing that comes after it', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const folder = join(dataDir.path, 'escrow')
    open(vault, dataDir.path).writeAhead(anOutcome(vault))
    const [file = ''] = await readdir(folder)
    await truncate(join(folder, file), (await stat(join(folder, file))).size - 2)
    const escrow = open(vault, dataDir.path)

    expect(await escrow.find(LEASE)).toBeNull()
    expect(await escrow.list()).toEqual({ kept: [], unreadable: 0 })

    const whole = openAheadFile(join(folder, 'whole.ahead'))
    const { lease, outcome } = anOutcome(vault, { ...LEASE, version: 5 })
    await writeFile(whole.path, await readFile(join(folder, file)))
    whole.put('soc_one.5', signOutcome(vault, { lease, outcome }))
    expect((await escrow.list()).kept.map(({ lease }) => lease.version)).toEqual([5])
  })

  test('does not keep a commit from being tried where nothing can be written', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    await writeFile(dataDir.path, 'a file in the place of the folder')
    const escrow = open(vault, dataDir.path)

    expect(() => escrow.writeAhead(anOutcome(vault))).not.toThrow()
    expect(() => escrow.forgetAhead(LEASE)).not.toThrow()
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

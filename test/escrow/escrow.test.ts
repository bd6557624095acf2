import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { aDataDir } from '../fixtures/data-dir.ts'
import { anOutcome, expectKept, LEASE, openTestEscrow } from '../fixtures/kept-outcome.ts'
import { aRedis, isMissing } from '../fixtures/redis.ts'
import { aVault } from '../fixtures/vault.ts'

describe('the escrow in a folder', () => {
  test('gives back what was put into it, also to the next process, until it is taken out', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const kept = anOutcome(vault)

    expect(await openTestEscrow(vault, dataDir.path).put(kept)).toBe(true)

    const later = openTestEscrow(vault, dataDir.path)
    await expectKept(later, kept)
    await later.remove(kept.lease)
    expect(await later.find(kept.lease)).toBeNull()
    expect(await later.list()).toEqual({ kept: [], unreadable: 0 })
  })

  test('is readable for its owner only, and shows no token', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    await openTestEscrow(vault, dataDir.path).put(anOutcome(vault))

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
    const escrow = openTestEscrow(vault, dataDir.path)
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

    expect(await openTestEscrow(vault, dataDir.path).put(anOutcome(vault))).toBe(false)
  })
})

describe.skipIf(isMissing('redis'))('the escrow in Redis', () => {
  test('is that of the fleet, and leaves no file', async () => {
    await using dataDir = aDataDir()
    await using redis = await aRedis()
    const vault = aVault()
    const kept = anOutcome(vault)
    await using one = openTestEscrow(vault, dataDir.path, redis.url)
    await using other = openTestEscrow(vault, '/nowhere', redis.url)

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
    await using escrow = openTestEscrow(vault, dataDir.path, 'redis://127.0.0.1:1')

    expect(await escrow.put(kept)).toBe(true)

    await expectKept(escrow, kept)
    expect(await escrow.find({ accountId: 'soc_two', version: 1 })).toBe('unreachable')
  })
})

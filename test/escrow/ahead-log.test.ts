import { readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openAheadFile } from '../../src/escrow/ahead-file.ts'
import { signOutcome } from '../../src/escrow/kept-outcome.ts'
import { HOUR_MS } from '../../src/units.ts'
import { aDataDir } from '../fixtures/data-dir.ts'
import { anOutcome, expectKept, LEASE, openTestEscrow } from '../fixtures/kept-outcome.ts'
import { aVault } from '../fixtures/vault.ts'

describe('what is written ahead of a commit', () => {
  test('is there for whoever comes next, and not for the process that is about to save it', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const kept = anOutcome(vault)
    const dying = openTestEscrow(vault, dataDir.path)

    dying.writeAhead(kept)

    expect(await dying.list()).toEqual({ kept: [], unreadable: 0 })
    const next = openTestEscrow(vault, dataDir.path)
    await expectKept(next, kept)
    await next.remove(kept.lease)
    expect(await next.find(kept.lease)).toBeNull()
  })

  test('is gone once it is saved, and its file with the process', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const escrow = openTestEscrow(vault, dataDir.path)
    escrow.writeAhead(anOutcome(vault))

    escrow.forgetAhead(LEASE)

    expect(await openTestEscrow(vault, dataDir.path).find(LEASE)).toBeNull()
    await escrow[Symbol.asyncDispose]()
    expect(await readdir(join(dataDir.path, 'escrow'))).toEqual([])
  })

  test('stays when its process ends with it, and goes when another has saved it', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    const ending = openTestEscrow(vault, dataDir.path)
    ending.writeAhead(anOutcome(vault))
    ending.writeAhead(anOutcome(vault, { ...LEASE, version: 4 }))
    ending.forgetAhead(LEASE)
    await ending[Symbol.asyncDispose]()
    const [file = ''] = await readdir(join(dataDir.path, 'escrow'))
    const other = openTestEscrow(vault, dataDir.path)

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
    await using escrow = openTestEscrow(vault, dataDir.path)
    escrow.writeAhead(anOutcome(vault, { ...LEASE, version: 7 }))
    await rm(join(dataDir.path, 'escrow'), { recursive: true })

    await escrow.list()
    escrow.forgetAhead({ ...LEASE, version: 7 })
    const kept = anOutcome(vault)
    escrow.writeAhead(kept)

    await expectKept(openTestEscrow(vault, dataDir.path), kept)
  })

  test('does not grow without end', async () => {
    await using dataDir = aDataDir()
    const vault = aVault()
    await using escrow = openTestEscrow(vault, dataDir.path)
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
    openTestEscrow(vault, dataDir.path).writeAhead(anOutcome(vault))

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
    openTestEscrow(vault, dataDir.path).writeAhead(anOutcome(vault))
    const [file = ''] = await readdir(folder)
    await truncate(join(folder, file), (await stat(join(folder, file))).size - 2)
    const escrow = openTestEscrow(vault, dataDir.path)

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
    const escrow = openTestEscrow(vault, dataDir.path)

    expect(() => escrow.writeAhead(anOutcome(vault))).not.toThrow()
    expect(() => escrow.forgetAhead(LEASE)).not.toThrow()
  })
})

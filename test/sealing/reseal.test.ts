import { describe, expect, test } from 'vitest'
import { findSealedByOthers, saveResealed } from '../../src/database/sealed-credentials.ts'
import { recogniseRetired } from '../../src/sealing/recognise-retired.ts'
import { resealAll } from '../../src/sealing/reseal.ts'
import { openVault, type Vault } from '../../src/vault.ts'
import { aLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aKey } from '../fixtures/vault.ts'

const [OLD, NEW] = [aKey('old'), aKey('new')]
const rotate = (database: TestDatabase, vault: Vault, mayGoOn = () => true) =>
  resealAll(database.db, vault, { onProgress: () => {}, mayGoOn })

const stored = (database: TestDatabase) =>
  database.query<{ account_id: string; sealed: string; version: number; kid: string | null }>(
    'select account_id, sealed, version, kid from account_credentials order by account_id',
  )

describe('a rotation', () => {
  test('seals everything with the first key, at the same version and with the same content', async () => {
    await using database = await aDatabase()
    await connect(
      database,
      openVault([OLD]),
      ...Array.from({ length: 1200 }, (_, at) => aLine({}, { accessToken: `a${at}` })),
    )

    const summary = await rotate(database, openVault([NEW, OLD]))

    expect(summary).toEqual({ resealed: 1200, unreadable: [], unreadableCount: 0, isStopped: false })
    const fresh = openVault([NEW])
    const tokens = (await stored(database)).map(({ account_id, sealed, version, kid }) => {
      expect({ kid, version }).toEqual({ kid: 'new', version: 1 })
      const opened = fresh.open(sealed, { accountId: account_id, version })
      return opened.kind === 'opened' ? (opened.content as { accessToken: string }).accessToken : opened.reason
    })
    expect(new Set(tokens)).toEqual(new Set(Array.from({ length: 1200 }, (_, at) => `a${at}`)))
  })

  test('goes on where it was stopped', async () => {
    await using database = await aDatabase()
    await connect(database, openVault([OLD]), ...Array.from({ length: 700 }, () => aLine()))
    let batches = 0

    expect(await rotate(database, openVault([NEW, OLD]), () => batches++ < 1)).toMatchObject({
      resealed: 500,
      isStopped: true,
    })
    expect(await rotate(database, openVault([NEW, OLD]))).toMatchObject({ resealed: 200, isStopped: false })
    expect(await rotate(database, openVault([NEW, OLD]))).toMatchObject({ resealed: 0 })
  })

  test('never overwrites a credential that was stored meanwhile', async () => {
    await using database = await aDatabase()
    const [id = ''] = await connect(database, openVault([OLD]), aLine())
    const [found] = await findSealedByOthers(database.db, { kid: 'new', after: '', limit: 1 })
    const newer = openVault([OLD]).seal({ accessToken: 'newer' }, { accountId: id, version: 2 })
    await database.query('update account_credentials set sealed = $1, version = 2', [newer])

    const again = {
      ...found,
      accountId: id,
      replaces: found?.sealed ?? '',
      sealed: 'stale',
      fingerprint: null,
      connectedFingerprint: null,
    }
    expect(await saveResealed(database.db, [again])).toBe(0)

    expect(await stored(database)).toMatchObject([{ sealed: newer, version: 2, kid: 'old' }])
  })

  test('waits for nobody, and comes back to a credential that somebody held', async () => {
    await using database = await aDatabase()
    const [held] = await connect(database, openVault([OLD]), aLine(), aLine())
    const client = await database.db.connect()
    await client.query('begin')
    await client.query('select from account_credentials where account_id = $1 for update', [held])
    const counts: number[] = []

    const rotated = resealAll(database.db, openVault([NEW, OLD]), {
      onProgress: (resealed) => {
        counts.push(resealed)
        if (counts.length === 2) void client.query('commit').then(() => client.release())
      },
      mayGoOn: () => true,
    })

    expect(await rotated).toMatchObject({ resealed: 2 })
    expect(counts[0]).toBe(1)
  })

  test('names what no key opens and leaves it as it is', async () => {
    await using database = await aDatabase()
    const [lost, broken] = await connect(database, openVault([aKey('lost')]), aLine(), aLine(), aLine())
    await database.query("update account_credentials set sealed = 'no.jwe' where account_id = $1", [broken])
    await connect(database, openVault([OLD]), aLine())

    const summary = await rotate(database, openVault([NEW, OLD]))

    expect(summary).toMatchObject({ resealed: 1, unreadableCount: 3 })
    expect(summary.unreadable).toContain(lost)
    expect((await stored(database)).map(({ kid }) => kid).sort()).toEqual(['lost', 'lost', 'new', null])
  })
})

describe('after a rotation, without the old key', () => {
  const reconnect = async (database: TestDatabase, lines: object[]) =>
    connect(database, await recogniseRetired(database.db, openVault([NEW])), ...lines)

  test('a token that another account holds is still refused', async () => {
    await using database = await aDatabase()
    await connect(database, openVault([OLD]), aLine({}, { refreshToken: 'held' }))
    await rotate(database, openVault([NEW, OLD]))

    await expect(reconnect(database, [aLine({}, { refreshToken: 'held' })])).rejects.toThrow('held by another account')
  })

  test('a token that was used up in the time of the old key is still refused', async () => {
    await using database = await aDatabase()
    const line = aLine({}, { refreshToken: 'used-up' })
    const [id = ''] = await connect(database, openVault([OLD]), line)
    const successor = openVault([OLD]).seal({ refreshToken: 'next' }, { accountId: id, version: 2 })
    await database.query('update account_credentials set sealed = $1, version = 2, refresh_token_fingerprint = $2', [
      successor,
      openVault([OLD]).fingerprints('next')[0],
    ])
    await rotate(database, openVault([NEW, OLD]))

    await expect(reconnect(database, [line])).rejects.toThrow('was used up since its last import')
    await expect(connect(database, openVault([NEW]), line)).resolves.toEqual([id])
  })

  test('a token that is connected and in use can be connected again', async () => {
    await using database = await aDatabase()
    const line = aLine({}, { refreshToken: 'in-use' })
    const [id] = await connect(database, openVault([OLD]), line)
    await rotate(database, openVault([NEW, OLD]))

    expect(await reconnect(database, [line])).toEqual([id])
  })
})

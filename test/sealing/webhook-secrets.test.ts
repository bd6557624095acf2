import { describe, expect, test } from 'vitest'
import { findKeysInUse } from '../../src/database/sealed-credentials.ts'
import { findEndpoint, replaceSecrets } from '../../src/database/webhook-endpoints.ts'
import { resealAll } from '../../src/sealing/reseal.ts'
import { makeSecret, openSecrets, sealSecrets } from '../../src/sealing/webhook-secrets.ts'
import { openVault } from '../../src/vault.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aKey } from '../fixtures/vault.ts'
import { anEndpoint } from '../fixtures/webhooks.ts'

const [OLD, NEW] = [aKey('old'), aKey('new')]
const options = { onProgress: () => {}, mayGoOn: () => true }

describe("a webhook's secrets", () => {
  test('are sealed again by a rotation of the keys, and the old key is then not needed', async () => {
    await using database = await aDatabase()
    const { id, secret } = await anEndpoint(database, { vault: openVault([OLD]) })
    expect(await findKeysInUse(database.db)).toEqual(['old'])

    const summary = await resealAll(database.db, openVault([NEW, OLD]), options)

    expect(summary).toMatchObject({ resealed: 1, unreadableCount: 0 })
    expect(await findKeysInUse(database.db)).toEqual(['new'])
    const endpoint = await findEndpoint(database.db, id)
    expect(endpoint && openSecrets(openVault([NEW]), endpoint)).toEqual({ current: secret, previous: null })
  })

  test('that no key opens are named and left as they are', async () => {
    await using database = await aDatabase()
    const { id, secret } = await anEndpoint(database, { vault: openVault([OLD]) })

    const summary = await resealAll(database.db, openVault([NEW]), options)

    expect(summary).toMatchObject({ resealed: 0, unreadable: [id], unreadableCount: 1 })
    const endpoint = await findEndpoint(database.db, id)
    expect(endpoint && openSecrets(openVault([OLD]), endpoint)?.current).toBe(secret)
  })

  test('open for their endpoint and version only', () => {
    const vault = openVault([NEW])
    const sealed = sealSecrets(vault, { id: 'we_1', version: 1 }, { current: makeSecret(), previous: null })

    expect(openSecrets(vault, sealed)).not.toBeNull()
    expect(openSecrets(vault, { ...sealed, id: 'we_2' })).toBeNull()
    expect(openSecrets(vault, { ...sealed, version: 2 })).toBeNull()
  })

  test('are replaced by one of two operators who change them at the same moment', async () => {
    await using database = await aDatabase()
    const vault = openVault([NEW])
    const { id, secret } = await anEndpoint(database, { vault })
    const replace = () =>
      replaceSecrets(
        database.db,
        sealSecrets(vault, { id, version: 2 }, { current: makeSecret(), previous: secret }),
        24,
      )

    const ends = await Promise.all([replace(), replace()])

    expect(ends.filter((until) => until !== null)).toHaveLength(1)
  })
})

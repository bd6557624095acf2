import { openVault, type Vault } from '../../src/vault.ts'

const KEY = Buffer.alloc(32, 1)

/** The key of all benchmarks, as the settings want it. */
export const ENCRYPTION_KEYS = `bench:${KEY.toString('base64')}`

export const benchVault = (): Vault => openVault([{ kid: 'bench', key: KEY }])

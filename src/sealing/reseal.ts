import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../database/connect.ts'
import { saveRetiredFingerprintKeys } from '../database/retired-fingerprint-keys.ts'
import {
  findSealedByOthers,
  type ResealedCredential,
  type SealedCredential,
  saveResealed,
} from '../database/sealed-credentials.ts'
import { asObject, asText } from '../untrusted-json.ts'
import type { Vault } from '../vault.ts'
import { recogniseRetired } from './recognise-retired.ts'
import { resealSecrets } from './webhook-secrets.ts'

export interface ResealOptions {
  /** Told after every batch how many are sealed by the first key that were not before. */
  readonly onProgress: (resealed: number) => void
  /** Asked before every batch. */
  readonly mayGoOn: () => boolean
}

export interface ResealSummary {
  readonly resealed: number
  /** Accounts and webhooks whose secrets do not open with any of the keys, the first few of them. */
  readonly unreadable: readonly string[]
  readonly unreadableCount: number
  readonly isStopped: boolean
}

const BATCH = 500
const MOST_NAMED = 10
/** A credential that somebody held is free again after a moment; an import holds its own for as long as it takes. */
const PASSES_WITHOUT_PROGRESS = 10
const BETWEEN_PASSES_MS = 500

/**
 * Seals every credential again that another key than the first has sealed, with its fingerprints, and the secrets of
 * webhooks.
 *
 * Safe beside a running daemon and beside itself: a credential that changes meanwhile is left to whoever changed it. What
 * was interrupted goes on where it was, because only what is left is looked at.
 */
export async function resealAll(db: Database, vault: Vault, options: ResealOptions): Promise<ResealSummary> {
  const known = await recogniseRetired(db, vault)
  // Before the first credential: from then on, nothing tells that the old key is needed for its fingerprints.
  await saveRetiredFingerprintKeys(db, known.sealFingerprintKeys())

  const webhooks = await resealSecrets(db, known)
  let { resealed } = webhooks
  for (let idle = 0; ; ) {
    const pass = await resealOnce(db, known, {
      ...options,
      onProgress: (count) => options.onProgress(resealed + count),
    })
    resealed += pass.resealed
    const { isStopped } = pass
    const unreadable = [...webhooks.unreadable, ...pass.unreadable]
    idle = pass.resealed === 0 ? idle + 1 : 0
    if (isStopped || pass.missed === 0 || idle === PASSES_WITHOUT_PROGRESS) {
      const unreadableCount = webhooks.unreadable.length + pass.unreadableCount
      return { resealed, unreadable: unreadable.slice(0, MOST_NAMED), unreadableCount, isStopped }
    }
    await wait(BETWEEN_PASSES_MS)
  }
}

async function resealOnce(db: Database, vault: Vault, { onProgress, mayGoOn }: ResealOptions) {
  const pass = { resealed: 0, missed: 0, unreadable: [] as string[], unreadableCount: 0, isStopped: false }
  const [kid] = vault.kids
  for (let after = ''; ; ) {
    pass.isStopped = !mayGoOn()
    const found = pass.isStopped ? [] : await findSealedByOthers(db, { kid, after, limit: BATCH })
    const last = found.at(-1)
    if (last === undefined) return pass
    after = last.accountId

    const again = found.flatMap((credential) => reseal(vault, credential) ?? [])
    const readable = new Set(again.map(({ accountId }) => accountId))
    const unreadable = found.filter(({ accountId }) => !readable.has(accountId)).map(({ accountId }) => accountId)
    pass.unreadableCount += unreadable.length
    if (pass.unreadable.length < MOST_NAMED) pass.unreadable.push(...unreadable)
    const saved = await saveResealed(db, again)
    pass.resealed += saved
    pass.missed += again.length - saved
    onProgress(pass.resealed)
  }
}

/** The version stays: the content is the same, and an attempt that is under way must still be able to save. */
function reseal(vault: Vault, credential: SealedCredential): ResealedCredential | null {
  const { accountId, version, sealed, fingerprint, connectedFingerprint } = credential
  const opened = vault.open(sealed, { accountId, version })
  if (opened.kind === 'unreadable') return null
  const refreshToken = asText(asObject(opened.content).refreshToken)
  const prints = vault.fingerprints(refreshToken)
  const isFirstToken = connectedFingerprint !== null && prints.includes(connectedFingerprint)
  return {
    accountId,
    replaces: sealed,
    sealed: vault.seal(opened.content, { accountId, version }),
    fingerprint: fingerprint === null ? null : prints[0],
    // Of a token that is used up only its fingerprint is known: the key that made it is kept instead.
    connectedFingerprint: isFirstToken ? prints[0] : connectedFingerprint,
  }
}

import { join } from 'node:path'
import { complainer } from '../complaint.ts'
import type { Log } from '../log.ts'
import type { SealedFor, Vault } from '../vault.ts'
import { openFolderPlace } from './folder-place.ts'
import { type KeptOutcome, openOutcome, sealOutcome } from './kept-outcome.ts'
import { nameOf, type Place, readName } from './place.ts'
import { openRedisPlace } from './redis-place.ts'

/**
 * Keeps new tokens that the database does not take: sealed, in Redis where there is one, else in a file. What is in here is
 * saved by whichever daemon comes first, guarded by the version, and so at most once.
 */
export interface Escrow extends AsyncDisposable {
  /** Whether anything could be kept now. */
  isUsable(): Promise<boolean>
  /**
   * Resolves to true when it is kept. Never throws, safe to repeat.
   */
  put(kept: KeptOutcome): Promise<boolean>
  /** @returns `unreachable`: a place did not answer, so nobody knows */
  find(who: SealedFor): Promise<KeptOutcome | 'unreachable' | null>
  list(): Promise<Listed>
  /** Never throws: what stays behind is superseded, and goes with the next replay. */
  remove(who: SealedFor): Promise<void>
}

export interface Listed {
  readonly kept: readonly KeptOutcome[]
  /** How many entries no key of ours opens. They stay. */
  readonly unreadable: number
}

export interface EscrowParts {
  /** Null: files only. */
  readonly redisUrl: string | null
  readonly dataDir: string
  readonly vault: Vault
  readonly log: Log
}

export function openEscrow({ redisUrl, dataDir, vault, log }: EscrowParts): Escrow {
  const complain = complainer(log, 'a place of the escrow cannot be used')
  const folder = openFolderPlace(join(dataDir, 'escrow'))
  const places: readonly Place[] = redisUrl === null ? [folder] : [openRedisPlace(redisUrl), folder]
  const tell = (place: Place) => (error: unknown) => complain(error, { place: place.name })

  return {
    async isUsable() {
      for (const place of places) {
        if (await place.check().then(() => true, tell(place))) return true
      }
      return false
    },
    async put(kept) {
      const sealed = sealOutcome(vault, kept)
      for (const place of places) {
        const isKept = await place.put(nameOf(kept.lease), sealed).then(() => true, tell(place))
        if (isKept) return true
      }
      return false
    },
    async find(who) {
      let isSure = true
      for (const place of places) {
        const sealed = await place.get(nameOf(who)).catch((error) => {
          isSure = false
          tell(place)(error)
          return null
        })
        const kept = sealed === null ? null : openOutcome(vault, sealed, who)
        if (kept !== null) return kept
        // There is one and no key opens it: as good as out of reach.
        if (sealed !== null) isSure = false
      }
      return isSure ? null : 'unreachable'
    },
    async list() {
      const all = await Promise.all(places.map((place) => place.list().catch(tell(place))))
      const read = all
        .flatMap((entries) => entries ?? [])
        .map(({ name, sealed }) => {
          const who = readName(name)
          return who === null ? null : openOutcome(vault, sealed, who)
        })
      const kept = read.filter((outcome) => outcome !== null)
      return { kept, unreadable: read.length - kept.length }
    },
    async remove(who) {
      await Promise.all(places.map((place) => place.remove(nameOf(who)).catch(tell(place))))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(places.map((place) => place[Symbol.asyncDispose]()))
    },
  }
}

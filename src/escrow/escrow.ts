import { join } from 'node:path'
import { complainer } from '../complaint.ts'
import type { Log } from '../log.ts'
import type { SealedFor, Vault } from '../vault.ts'
import { openAheadLog } from './ahead-log.ts'
import { openFolderPlace } from './folder-place.ts'
import { type KeptOutcome, readOutcome, signOutcome } from './kept-outcome.ts'
import { nameOf, type Place, readName } from './place.ts'
import { openRedisPlace } from './redis-place.ts'

/**
 * Keeps new tokens that the database has not taken: sealed and signed, in Redis where there is one, else in a file. What
 * is in here is saved by whichever daemon comes first, guarded by the version, and so at most once.
 */
export interface Escrow extends AsyncDisposable {
  /**
   * Writes it to a file before the database is asked, so that it outlives this process at once. Never throws: where there
   * is no folder to write to, a process that is killed before the commit loses it, as before.
   */
  writeAhead(kept: KeptOutcome): void
  /** What was written ahead is saved, or kept otherwise. */
  forgetAhead(who: SealedFor): void
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
  /** How many entries no key of ours signed. They stay. */
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
  const folder = join(dataDir, 'escrow')
  const ahead = openAheadLog(folder)
  const files = openFolderPlace(folder)
  const places: readonly Place[] = redisUrl === null ? [files] : [openRedisPlace(redisUrl), files]
  const readable = [...places, ahead]
  const tell = (place: Pick<Place, 'name'>) => (error: unknown) => complain(error, { place: place.name })

  return {
    writeAhead(kept) {
      try {
        ahead.put(nameOf(kept.lease), signOutcome(vault, kept))
      } catch (error) {
        tell(ahead)(error)
      }
    },
    forgetAhead(who) {
      try {
        ahead.forget(nameOf(who))
      } catch (error) {
        tell(ahead)(error)
      }
    },
    async isUsable() {
      for (const place of places) {
        if (await place.check().then(() => true, tell(place))) return true
      }
      return false
    },
    async put(kept) {
      const signed = signOutcome(vault, kept)
      for (const place of places) {
        const isKept = await place.put(nameOf(kept.lease), signed).then(() => true, tell(place))
        if (isKept) return true
      }
      return false
    },
    async find(who) {
      let isSure = true
      for (const place of readable) {
        const signed = await place.get(nameOf(who)).catch((error) => {
          isSure = false
          tell(place)(error)
          return null
        })
        const kept = signed === null ? null : readOutcome(vault, signed, who)
        if (kept !== null) return kept
        // There is one and no key of ours signed it: as good as out of reach.
        if (signed !== null) isSure = false
      }
      return isSure ? null : 'unreachable'
    },
    async list() {
      const all = await Promise.all(readable.map((place) => place.list().catch(tell(place))))
      const read = all
        .flatMap((entries) => entries ?? [])
        .map(({ name, signed }) => {
          const who = readName(name)
          return who === null ? null : readOutcome(vault, signed, who)
        })
      const kept = read.filter((outcome) => outcome !== null)
      return { kept, unreadable: read.length - kept.length }
    },
    async remove(who) {
      await Promise.all(readable.map((place) => place.remove(nameOf(who)).catch(tell(place))))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(readable.map((place) => place[Symbol.asyncDispose]()))
    },
  }
}

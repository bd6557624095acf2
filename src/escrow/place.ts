import type { SealedFor } from '../vault.ts'

/** Where signed outcomes are kept, one per account and version. Each function throws when the place cannot be used. */
export interface Place extends AsyncDisposable {
  readonly name: string
  /** Resolves when the place can be used. */
  check(): Promise<void>
  /** Resolves when the value will be there after a crash of this process. Safe to repeat. */
  put(name: string, signed: string): Promise<void>
  get(name: string): Promise<string | null>
  list(): Promise<Kept[]>
  /** Safe to repeat. */
  remove(name: string): Promise<void>
}

export interface Kept {
  readonly name: string
  readonly signed: string
}

export const nameOf = ({ accountId, version }: SealedFor): string => `${accountId}.${version}`

/** @returns null: not a name of ours */
export function readName(name: string): SealedFor | null {
  const [, accountId, version] = /^(soc_[a-z0-9]+)\.(\d+)$/.exec(name) ?? []
  return accountId === undefined ? null : { accountId, version: Number(version) }
}

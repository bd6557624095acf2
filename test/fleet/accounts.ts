import type { Kind } from './kinds.ts'

/** The accounts of one app in columns, by their number: millions fit into memory. All moments since the beginning. */
export interface Accounts {
  readonly count: number
  readonly kindOf: (account: number) => Kind
  readonly idOf: (account: number) => string
  /** When the token was issued or, where tokens do not end, last looked at. */
  readonly issuedAtMs: Float64Array
  readonly dueAtMs: Float64Array
  /** In a row. */
  readonly failures: Uint8Array
  /** 1: nothing renews the account any more. */
  readonly isLost: Uint8Array
}

export interface Group {
  readonly kind: Kind
  readonly count: number
}

/** @param name makes the ids of these accounts differ from those of other apps */
export function makeAccounts(name: string, groups: readonly Group[]): Accounts {
  const count = groups.reduce((sum, group) => sum + group.count, 0)
  const kinds = groups.map(({ kind }) => kind)
  const kindNumbers = new Uint8Array(count)
  let begin = 0
  for (const [number, group] of groups.entries()) {
    kindNumbers.fill(number, begin, begin + group.count)
    begin += group.count
  }
  return {
    count,
    kindOf(account) {
      const kind = kinds[kindNumbers[account] ?? 0]
      if (kind === undefined) throw new Error(`there is no account ${account}`)
      return kind
    },
    idOf: (account) => `soc_${name}_${account}`,
    issuedAtMs: new Float64Array(count),
    dueAtMs: new Float64Array(count),
    failures: new Uint8Array(count),
    isLost: new Uint8Array(count),
  }
}

/** When the token of an account ends; null: it does not. */
export function endOf({ kindOf, issuedAtMs }: Accounts, account: number): number | null {
  const { lifetimeMs } = kindOf(account)
  return lifetimeMs === null ? null : (issuedAtMs[account] ?? 0) + lifetimeMs
}

import type { OraclePlatform } from '../fixtures/oracle/history.ts'
import type { Connected, Oracle } from '../fixtures/oracle.ts'
import { type Ran, run } from '../fixtures/process.ts'

/** How many accounts a platform has. */
export type Fleet = Readonly<Record<OraclePlatform, number>>

export interface ImportParts {
  readonly oracle: Oracle
  readonly env: Readonly<Record<string, string>>
  /** Where Bluesky accounts find their server. */
  readonly pdsUrl: string
}

/**
 * Connects accounts at the oracle and imports them as operators do, with tokens of all ages, so that they do not come
 * due together.
 *
 * @returns their ids, by the oracle's names
 */
export async function connectFleet(parts: ImportParts, fleet: Fleet): Promise<Map<string, string>> {
  const names = Object.entries(fleet).flatMap(([platform, count]) =>
    Array.from({ length: count }, (_, at) => ({ platform: platform as OraclePlatform, part: (at + 0.5) / count, at })),
  )
  const lines = names.map(({ platform, part, at }) => {
    const connected = parts.oracle.connect(platform, `${platform.toLowerCase()}-${at}`)
    return lineOf(connected, parts.pdsUrl, part)
  })
  return importLines(parts, lines)
}

/** Connects accounts anew whose grant has ended, as their owners would. */
export async function reconnect(parts: ImportParts, accounts: readonly string[]): Promise<void> {
  const lines = accounts.map((account) => {
    const platform = account.split('-')[0]?.toUpperCase() as OraclePlatform
    return lineOf(parts.oracle.connect(platform, account), parts.pdsUrl, 1)
  })
  await importLines(parts, lines)
}

/** @param left of the access token's life, from 0 to 1 */
function lineOf(connected: Connected, pdsUrl: string, left: number): object {
  const { platform, account, accessToken, refreshToken, lifetimeMs } = connected
  const endsAtMs = Date.now() + lifetimeMs * left
  const bluesky = platform === 'BLUESKY' ? { kind: 'app_password', pdsUrl } : {}
  return {
    ...{ workspaceId: 'ws_chaos', platform, externalId: account, handle: `@${account}`, scopes: [] },
    tokenExpiresAt: new Date(endsAtMs).toISOString(),
    credential: { ...bluesky, accessToken, refreshToken, issuedAt: new Date(endsAtMs - lifetimeMs).toISOString() },
  }
}

async function importLines({ env }: ImportParts, lines: readonly object[]): Promise<Map<string, string>> {
  const input = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const ran = must(await run(['accounts', 'import', '-'], { env, input }), 'the import')
  const imported = ran.stdout.trim().split('\n')
  return new Map(
    imported.map((line) => {
      const { id, externalId } = JSON.parse(line)
      return [externalId, id]
    }),
  )
}

/** A command of ours that has to succeed. */
export function must(ran: Ran, what: string): Ran {
  if (ran.code !== 0) throw new Error(`${what} failed: ${ran.stderr}`)
  return ran
}

import type { Database } from '../../src/database/connect.ts'
import { importAccounts } from '../../src/import/import-accounts.ts'
import { settleDatabase } from './fleet.ts'
import { benchVault } from './keys.ts'

const TOKEN_LENGTH = 90

/** Connects accounts of X that a daemon can really refresh; none of them is due. */
export async function connectRealAccounts(db: Database, accounts: number): Promise<void> {
  await importAccounts(db, lines(accounts), {
    vault: benchVault(),
    allowPrivateNetwork: true,
    onRefused: (line, problems) => {
      throw new Error(`line ${line} was refused: ${JSON.stringify(problems)}`)
    },
    onAccounts: async () => {},
  })
  await settleDatabase(db)
}

async function* lines(accounts: number): AsyncGenerator<Buffer> {
  const tokenExpiresAt = new Date(Date.now() + 7_200_000).toISOString()
  for (let number = 0; number < accounts; number++) {
    const [accessToken, refreshToken] = ['access', 'refresh'].map((kind) =>
      `${kind}-${number}`.padEnd(TOKEN_LENGTH, 'x'),
    )
    const who = {
      workspaceId: `ws_${number % 1000}`,
      platform: 'X',
      externalId: `${number}`,
      handle: `@brand${number}`,
    }
    const line = { ...who, scopes: ['tweet.read'], tokenExpiresAt, credential: { accessToken, refreshToken } }
    yield Buffer.from(`${JSON.stringify(line)}\n`)
  }
}

/** Makes all accounts due that are not due and that nobody works on. */
export async function makeAllDue(db: Database): Promise<void> {
  await db.query(
    `update refresh_schedule set due_at = now() - interval '1 s', deadline_at = now() + interval '10 min'
     where due_at > now() and lease_id is null and claimed_at is null`,
  )
}

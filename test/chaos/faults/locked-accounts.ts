import { withConnection } from '../../../src/database/connect.ts'
import type { World } from '../fault.ts'
import { databaseUrlOf } from './database-url.ts'

const SHARE = 0.25

/** Somebody holds the rows of some of the accounts in a transaction for so long. */
export async function lockAccounts(world: World, ms: number): Promise<void> {
  const ids = world.accountIds.filter(() => world.random() < SHARE)
  await withConnection(await databaseUrlOf(world), async (client) => {
    await client.query('begin')
    // In the order in which the daemons lock them.
    await client.query('select from refresh_schedule where account_id = any($1) order by account_id for update', [ids])
    await client.query('select from account_credentials where account_id = any($1) order by account_id for update', [
      ids,
    ])
    await world.wait(ms)
    await client.query('rollback')
  })
}

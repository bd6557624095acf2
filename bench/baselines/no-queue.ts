import { Agent, request } from 'undici'
import { openDatabase } from '../../src/database/connect.ts'
import { openLog } from '../../src/log.ts'
import { benchVault } from '../setup/keys.ts'
import { gather } from './gather.ts'
import { readRace, runRace } from './race.ts'

// What a refresh takes at least: open, ask, seal, and the same rows written as by a daemon, many in one commit. No queue, no
// lease, no intent before the call, no guard of a platform.

interface Account {
  readonly id: string
  readonly sealed: string
  readonly version: number
}
interface Renewed {
  readonly id: string
  readonly sealed: string
  readonly fingerprint: string
}

const MOST_AT_ONCE = 200
const LONGEST_WAIT_MS = 5

const race = readRace()
const db = openDatabase(race.databaseUrl, {
  ...{ connections: 15, name: 'no queue', log: openLog('silent'), queryTimeoutMs: null },
})
const vault = benchVault()
const dispatcher = new Agent({ connections: race.concurrency })
const commit = gather<Renewed>({ most: MOST_AT_ONCE, waitMs: LONGEST_WAIT_MS }, save)

await runRace(race, async () => {
  const { rows } = await db.query<Account>(
    'select account_id as id, sealed, version from account_credentials limit $1',
    [race.accounts],
  )
  const left = rows.values()
  const takeTurns = async () => {
    for (const account of left) await refresh(account)
  }
  await Promise.all(Array.from({ length: race.concurrency }, takeTurns))
})
process.exit(0)

async function refresh({ id, sealed, version }: Account): Promise<void> {
  const opened = vault.open(sealed, { accountId: id, version })
  if (opened.kind !== 'opened') throw new Error(opened.reason)
  const credential = opened.content as { refreshToken: string }
  const { body } = await request(`${race.origin}/2/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: credential.refreshToken }).toString(),
    dispatcher,
  })
  const answer = (await body.json()) as { access_token: string; refresh_token: string }
  const renewed = { ...credential, accessToken: answer.access_token, refreshToken: answer.refresh_token }
  await commit({
    id,
    sealed: vault.seal(renewed, { accountId: id, version: version + 1 }),
    fingerprint: vault.fingerprints(answer.refresh_token)[0],
  })
}

async function save(renewed: readonly Renewed[]): Promise<void> {
  await db.query(
    `with renewed as materialized (
       select * from unnest($1::text[], $2::text[], $3::text[]) as renewed(id, sealed, fingerprint)
     ), credential as (
       update account_credentials c
       set sealed = renewed.sealed, version = c.version + 1, issued_at = now(), refresh_token_fingerprint = fingerprint
       from renewed where c.account_id = renewed.id
     ), account as (
       update social_accounts a
       set token_expires_at = now() + interval '2 h', last_refreshed_at = now(), last_refresh_attempt_at = now()
       from renewed where a.id = renewed.id
     ), schedule as (
       update refresh_schedule s set due_at = now() + interval '96 min', deadline_at = now() + interval '2 h'
       from renewed where s.account_id = renewed.id
     )
     insert into refresh_attempts (account_id, platform, trigger, finished_at, outcome, http_status, worker)
     select id, 'X', 'schedule', now(), 'renewed', 200, 'no queue' from renewed`,
    [renewed.map(({ id }) => id), renewed.map(({ sealed }) => sealed), renewed.map(({ fingerprint }) => fingerprint)],
  )
}

import type { App } from '../app.ts'
import type { Database } from './connect.ts'

/** Notes that the fleet has looked for due accounts. */
export async function saveScan(
  db: Database,
  { claimed, worker, apps }: { claimed: number; worker: string; apps: readonly App[] },
): Promise<void> {
  await db.query(
    `insert into scan_state (last_scan_at, claimed, worker, apps) values (now(), $1, $2, $3)
     on conflict (id) do update
     set last_scan_at = excluded.last_scan_at, claimed = excluded.claimed, worker = excluded.worker, apps = excluded.apps`,
    [claimed, worker, apps],
  )
}

/** How long ago the fleet last looked for due accounts, by the database's clock; null: never. */
export async function readScanAgeMs(db: Database): Promise<number | null> {
  const { rows } = await db.query<{ age_ms: number }>(
    'select extract(epoch from now() - last_scan_at)::float8 * 1000 as age_ms from scan_state',
  )
  return rows[0]?.age_ms ?? null
}

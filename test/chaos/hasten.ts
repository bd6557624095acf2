import type { World } from './fault.ts'

/**
 * Moves the time for what nobody alive works on, so that a short run need not wait: the lease of a dead process ends, the
 * claim of a job that nobody takes ends, and accounts that wait after a failure are due now, as an operator would have it.
 */
export async function hasten(world: World): Promise<void> {
  const living = world.daemons.names.map((name) => world.daemons.workerOf(name))
  await world.query(
    `update refresh_schedule s set leased_until = now(), due_at = now()
     from refresh_attempts t
     where t.id = s.attempt_id and t.worker <> all($1::text[]) and s.leased_until > now()`,
    [living],
  )
  await world.query(
    `update refresh_schedule set due_at = now(), claimed_at = null
     where lease_id is null and claimed_at < now() - interval '5 s' and due_at > now()`,
  )
  await world.query(
    `update refresh_schedule set due_at = now()
     where lease_id is null and claimed_at is null and renewable and due_at > now()
       and (consecutive_failures > 0 or in_doubt_at is not null)`,
  )
}

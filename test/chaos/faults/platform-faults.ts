import type { Trouble, TroubleLimits } from '../../fixtures/oracle/trouble.ts'
import type { Backend, Fault } from '../fault.ts'

const backends: readonly Backend[] = ['redis', 'postgresql']
const SERVER_ERRORS = [500, 502, 503]

/** What a platform does. */
export const platformFaults: readonly Fault[] = [
  during('platform: 500, 502 and 503 for 1 s', 1000, { kind: 'refuses', statuses: SERVER_ERRORS }, { isShort: true }),
  during('platform: 500, 502 and 503 for 20 s', 20_000, { kind: 'refuses', statuses: SERVER_ERRORS }),
  during('platform: pages instead of answers for 15 s', 15_000, { kind: 'refuses', statuses: [502, 200], page: true }),
  during('platform: 429 with a hint of 31 s', 5000, {
    ...{ kind: 'refuses', statuses: [429] },
    headers: { 'retry-after': '31' },
  }),
  // X without a hint is paused for the whole quarter of an hour in which it counts.
  during(
    'platform: 429 without a hint',
    5000,
    { kind: 'refuses', statuses: [429] },
    { platforms: ['YOUTUBE', 'BLUESKY'] },
  ),
  during(
    'platform: one answer lost after the token was spent',
    1500,
    { kind: 'loses', part: 'all' },
    {
      ...{ isShort: true, times: 1 },
    },
  ),
  during('platform: 3 answers lost after the token was spent', 15_000, { kind: 'loses', part: 'all' }, { times: 3 }),
  during('platform: 3 answers cut in the middle', 15_000, { kind: 'loses', part: 'half' }, { times: 3 }),
  during('platform: answers take 20 s, for 30 s', 30_000, { kind: 'slow', ms: 20_000 }),
  during('platform: 3 answers take longer than anybody waits', 45_000, { kind: 'slow', ms: 40_000 }, { times: 3 }),
  down('platform: down for 2 s', 2000, true),
  down('platform: down for 90 s', 90_000, false),
]

function during(
  name: string,
  ms: number,
  trouble: Trouble,
  { isShort = false, ...limits }: TroubleLimits & { readonly isShort?: boolean } = {},
): Fault {
  return {
    ...{ name, backends, isShort },
    async strike({ oracle, wait }) {
      const end = oracle.trouble(trouble, limits)
      await wait(ms)
      end()
    },
  }
}

function down(name: string, ms: number, isShort: boolean): Fault {
  return {
    ...{ name, backends, isShort },
    async strike({ oracle, wait }) {
      await oracle.goDown()
      await wait(ms)
      await oracle.comeBack()
    },
  }
}

import type { App } from '../app.ts'
import { type Fault, OUTAGE } from '../simulator/faults.ts'
import type { PretendAccount } from '../simulator/make-account.ts'
import type { Simulator } from '../simulator/simulator.ts'
import { SECOND_MS } from '../units.ts'

/** Something that happens at a pretend platform, told to whoever watches. */
export interface Scene {
  readonly afterMs: number
  readonly tells: string
  act(): void
}

/** What Instagram and Threads say when the owner has removed the app. */
const APP_REMOVED = {
  message: 'Error validating access token: The user has not authorized application 1.',
  ...{ type: 'OAuthException', code: 190, error_subcode: 458 },
}
const BAD_CLIENT: Fault = {
  status: 401,
  body: { error: 'invalid_client', error_description: 'The provided client secret is invalid.' },
}

/** Every way in which accounts get into trouble, one after the other, and what becomes of it. */
export function storyOf({ grants, faults }: Simulator, accounts: readonly PretendAccount[]): Scene[] {
  const of = (platform: string) => {
    const account = accounts.find((one) => one.platform === platform)
    const grant = account === undefined ? undefined : grants.findAccount(account.platform, account.externalId)
    if (grant === undefined) throw new Error(`the demo has no account of ${platform}`)
    return grant
  }
  const scene = (seconds: number, tells: string, act: () => void): Scene => ({
    afterMs: seconds * SECOND_MS,
    tells,
    act,
  })
  const everybody = (app: App, fault: Fault | null) => () => faults.answerAll(app, fault)

  const [x, threads] = [of('X'), of('THREADS')]
  return [
    scene(8, `The owner of ${threads.handle} removes our app at Threads: that account has to be reconnected.`, () =>
      faults.script(threads, [{ status: 400, body: { error: APP_REMOVED } }]),
    ),
    scene(16, `X forgets the grant of ${x.handle}: the account works until its access token ends.`, () => {
      x.isDead = true
    }),
    scene(24, 'Pinterest is down: its accounts stay ACTIVE and are tried again.', everybody('PINTEREST', OUTAGE)),
    scene(
      32,
      'Google refuses our client secret: one answer pauses YouTube, no account changes.',
      everybody('YOUTUBE', BAD_CLIENT),
    ),
    scene(40, 'LinkedIn asks us to slow down for half a minute.', () => faults.limit('LINKEDIN', 0)),
    scene(55, 'Pinterest is back. Its accounts follow within a minute or two.', everybody('PINTEREST', null)),
    scene(65, 'LinkedIn takes requests again.', () => faults.limit('LINKEDIN', null)),
    scene(
      75,
      'Google takes our secret again. A single account tries it every five minutes; to go on at once, resume it:\n    {cli} platforms resume YOUTUBE',
      everybody('YOUTUBE', null),
    ),
  ]
}

import type { Answer } from '../oauth/request.ts'
import { DAY_MS } from '../units.ts'
import { replacePageToken, revivePage } from './facebook-page-token.ts'
import { requestTokenState } from './facebook-requests.ts'
import { type LivingToken, readTokenState } from './facebook-token-state.ts'
import {
  extendUserToken,
  type KeptToken,
  livingUserToken,
  needsLongerLife,
  renewedWith,
} from './facebook-user-token.ts'
import { readWeakDeath } from './meta-doubt.ts'
import { type MetaError, readMetaError, readVagueMetaError } from './meta-error.ts'
import type { NextExchange, Reading, Strategy, Subject } from './strategy.ts'

/** What both kinds of account that are connected through Facebook Login have in common. */
const scheme = {
  app: 'FACEBOOK',
  origin: 'https://graph.facebook.com',
  needs: ['clientId', 'clientSecret'],
  members: ['userAccessToken', 'userTokenExpiresAt'],
  // A page's token that was derived from a long-lived user's token does not end.
  assumedLifetimeMs: null,
  dueShare: [0.75, 0.85],
  checkEveryMs: 7 * DAY_MS,
  minimumAgeMs: 0,
  renewsItself: true,
  singleUse: false,
  graceMs: 0,
  replayEndsGrant: false,
  tellsClientFromGrant: true,
  // There is always something to check.
  canRenew: () => true,
  describe: (subject: Subject) => requestTokenState(subject.credential.accessToken, subject),
  read,
} as const

/**
 * A Facebook page: its token does not end by time, so it is looked at once a week, and nothing but that look tells when
 * it has died. The user's token that it came from is kept alive where we have it, for the day on which the page needs
 * another one.
 *
 * @see {@link https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived}
 */
export const facebookPage: Strategy = { ...scheme, platform: 'FACEBOOK_PAGE', kind: null, title: 'Facebook' }

/** Instagram through Facebook Login: the token of the page that the Instagram account belongs to. */
export const instagramFacebookLogin: Strategy = {
  ...scheme,
  platform: 'INSTAGRAM',
  kind: 'facebook_login',
  title: 'Instagram',
}

function read(answer: Answer, subject: Subject): Reading | NextExchange {
  const state = readTokenState(answer, subject)
  switch (state.kind) {
    case 'unclear':
      return state.reading
    case 'alive':
      return keep(state, subject)
    case 'dead':
      return readDeath(state.error, answer, subject)
    default:
      return state satisfies never
  }
}

/**
 * Looks after a token that works: gives the user's token behind it a longer life, and replaces a page's token that has an
 * end. All of this is optional: whatever goes wrong, the account works, and the next check tries again.
 */
function keep(state: LivingToken, subject: Subject): Reading | NextExchange {
  const healthy: KeptToken = { kind: 'healthy', tokenExpiresAt: state.expiresAt, changes: state.changes }
  if (state.isUserToken) return keepUserToken(state, healthy, subject)
  const accessToken = livingUserToken(subject)
  if (accessToken === null) return healthy
  const goOn = (userToken: string, kept: KeptToken) =>
    state.expiresAt === null ? kept : replacePageToken(userToken, kept, subject)

  const { credential, now } = subject
  const expiresAt = credential.userTokenExpiresAt === undefined ? null : new Date(credential.userTokenExpiresAt)
  if (!needsLongerLife(expiresAt, subject)) return goOn(accessToken, healthy)
  return extendUserToken({ accessToken, expiresAt }, subject, (extended) => {
    if (extended === null) return goOn(accessToken, healthy)
    const changes = { userAccessToken: extended.accessToken, userTokenExpiresAt: extended.expiresAt?.toISOString() }
    return goOn(
      extended.accessToken,
      extended.isMoved
        ? renewedWith(credential.accessToken, state, { changes, now })
        : { ...healthy, changes: { ...changes, ...state.changes } },
    )
  })
}

/** An account that was connected with the user's own token instead of a page's. */
function keepUserToken(state: LivingToken, healthy: KeptToken, subject: Subject): Reading | NextExchange {
  const { expiresAt } = state
  if (expiresAt === null || !needsLongerLife(expiresAt, subject)) return healthy
  return extendUserToken({ accessToken: subject.credential.accessToken, expiresAt }, subject, (extended) =>
    extended?.isMoved
      ? renewedWith(
          extended.accessToken,
          { ...state, expiresAt: extended.expiresAt },
          { changes: {}, now: subject.now },
        )
      : healthy,
  )
}

/** The owner of the token lost the role on the page; another token of the page shows whether that is still so. */
const ROLE_LOST = 492

function readDeath(error: MetaError | null, answer: Answer, subject: Subject): Reading | NextExchange {
  if (error === null) return readWeakDeath('not_valid', subject)
  const verdict = readMetaError(error, answer, subject) ?? readVagueMetaError(error, subject)
  // Nothing is left to ask: this was the probe.
  if (verdict.kind === 'ambiguous') return { kind: 'unknown', code: verdict.code }
  // Where the owner withdrew something, the user's token has gone with the page's.
  const mayComeBack = verdict.kind === 'token_expired' || error.subcode === ROLE_LOST
  return mayComeBack ? revivePage(verdict, subject) : verdict
}

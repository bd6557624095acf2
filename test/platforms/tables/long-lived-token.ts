import { instagramLogin, threads } from '../../../src/platforms/long-lived-token.ts'
import type { Strategy } from '../../../src/platforms/strategy.ts'
import { appFaults, deaths, metaError, page, passing, toRows } from './meta.ts'
import { type Row, row, type Table } from './row.ts'

const ambiguous = [
  metaError([100, 33], 'Unsupported get request.', { type: 'GraphMethodException' }),
  metaError(100, 'Unsupported request - method type: get', { type: 'IGApiException' }),
  metaError(100, '(#100) The requested resource does not exist'),
  metaError(24, 'The requested resource does not exist'),
]
const ALIVE = { id: '1784', username: 'brand' }

/** For a token in the middle of its 60 days: a young one, or one that is about to end, explains some answers otherwise. */
const tableOf = (strategy: Strategy): Table => ({
  strategy,
  rows: [
    row(200, { access_token: 'AAnew', token_type: 'bearer', expires_in: 5_183_944 }, 'renewed'),
    row(200, { access_token: 'AAnew', token_type: 'bearer' }, 'renewed'),
    row(200, { token_type: 'bearer', expires_in: 5_183_944 }, 'transient'),
    row(200, { access_token: ' ', token_type: 'bearer' }, 'transient'),
    row(200, page, 'transient'),
    ...toRows(passing),
    ...toRows(appFaults),
    ...deaths.flatMap(([code, message, outcome]): Row[] => [
      row(400, metaError(code, message), outcome),
      row(401, metaError(code, message, { is_transient: true }), outcome),
    ]),
    row(200, metaError([190, 463]), 'token_expired'),
    row(500, metaError([190, 463]), 'token_expired'),
    row(400, metaError(452), 'token_expired'),
    // Deaths without a reason have to come back.
    row(400, metaError(190, 'Invalid OAuth access token - Cannot parse access token'), 'transient'),
    row(401, metaError(190, 'Invalid OAuth access token signature'), 'transient'),
    row(400, metaError([190, 9999]), 'transient'),
    row(401, metaError(102), 'transient'),
    row(400, metaError(null, 'Error validating access token'), 'transient'),
    row(400, metaError(null, 'words'), 'transient'),
    row(403, metaError(10, '(#10) Application does not have permission for this action'), 'revoked'),
    row(403, metaError(200, 'Permissions error'), 'revoked'),
    row(400, metaError(299), 'revoked'),
    ...ambiguous.flatMap((error): Row[] => [
      {
        answers: [
          [400, error],
          [200, ALIVE],
        ],
        outcome: 'unknown',
      },
      {
        answers: [
          [400, error],
          [400, error],
        ],
        outcome: 'transient',
      },
      {
        answers: [
          [400, error],
          [400, metaError(100)],
        ],
        outcome: 'transient',
      },
      {
        answers: [
          [400, error],
          [400, metaError([190, 463])],
        ],
        outcome: 'token_expired',
      },
      {
        answers: [
          [400, error],
          [400, metaError([190, 460])],
        ],
        outcome: 'revoked',
      },
      {
        answers: [
          [400, error],
          [400, metaError(190)],
        ],
        outcome: 'transient',
      },
      {
        answers: [
          [400, error],
          [400, metaError(200, 'API access blocked.')],
        ],
        outcome: 'app_misconfigured',
      },
      {
        answers: [
          [400, error],
          [400, metaError(80_002)],
        ],
        outcome: 'rate_limited',
      },
      {
        answers: [
          [400, error],
          [400, metaError(9999)],
        ],
        outcome: 'unknown',
      },
      {
        answers: [
          [400, error],
          [502, page],
        ],
        outcome: 'transient',
      },
      {
        answers: [
          [400, error],
          [200, page],
        ],
        outcome: 'transient',
      },
    ]),
    row(400, metaError(100, '(#100) Invalid parameter'), 'app_misconfigured'),
    row(
      400,
      metaError(2500, 'An active access token must be used to query information about the current user.'),
      'unknown',
    ),
    row(400, metaError(200, 'Cannot call API for app 123 on behalf of user 456'), 'unknown'),
    row(400, metaError(9999), 'unknown'),
    row(400, { error: 'something' }, 'unknown'),
    row(400, {}, 'unknown'),
    row(404, {}, 'unknown'),
    row(302, {}, 'unknown'),
  ],
})

export const instagramLoginTable = tableOf(instagramLogin)
export const threadsTable = tableOf(threads)

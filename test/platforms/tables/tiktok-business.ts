import { tiktokBusiness } from '../../../src/platforms/tiktok-business.ts'
import { type Row, row, type Table, type Wire } from './row.ts'

/** The envelope of an error: status 200, and a `data` that is there but empty. */
const envelope = (code: number | string, message = 'words') => ({ code, message, request_id: '20261123', data: {} })
const page = '<html>504 Gateway Time-out</html>'

const each = (outcome: Row['outcome'], ...codes: readonly number[]) =>
  codes.map((code) => row(200, envelope(code), outcome))

/** A refusal that speaks of an access token, and what is said of ours when it is asked about. */
const probed = (code: number, tokenInfo: Wire, outcome: Row['outcome']): Row => ({
  answers: [[200, envelope(code)], tokenInfo],
  outcome,
})
const works: Wire = [200, { code: 0, message: 'OK', data: { app_id: '1', scope: 'user.info.basic', creator_id: 'c' } }]

export const tiktokBusinessTable: Table = {
  strategy: tiktokBusiness,
  rows: [
    ...each('token_expired', 40_103, 40_107),
    row(400, envelope(40_103), 'token_expired'),
    row(200, envelope('40107'), 'token_expired'),
    row(200, envelope(40_131, 'Authorization code is expired'), 'token_expired'),
    row(200, envelope(40_131, 'The refresh token is not valid'), 'token_expired'),
    row(200, envelope(40_131, 'The grant has ended'), 'token_expired'),
    row(200, envelope(40_131, 'Try again'), 'transient'),
    ...[40_102, 40_105].flatMap((code) => [
      probed(code, [200, envelope(40_102)], 'token_expired'),
      probed(code, [200, envelope(40_105)], 'token_expired'),
      probed(code, [200, envelope(40_105, 'auth_removed')], 'revoked'),
      probed(code, works, 'unknown'),
      probed(code, [200, envelope(40_100)], 'unknown'),
      probed(code, [200, envelope(40_113)], 'unknown'),
      probed(code, [504, page], 'unknown'),
    ]),
    row(200, envelope(40_001, 'auth_removed: the user has removed the app'), 'revoked'),
    row(200, envelope(40_105, 'auth_removed'), 'revoked'),
    ...each('app_misconfigured', 40_104, 40_101, 40_113),
    ...each('app_misconfigured', 40_108, 40_109, 40_115, 40_116, 40_117),
    ...each('app_misconfigured', 40_118, 40_124, 40_125, 41_000),
    ...each('app_misconfigured', 40_000, 40_002, 40_006, 40_007, 40_008),
    ...each('app_misconfigured', 40_010, 40_051, 40_400, 41_001, 41_002),
    row(200, envelope(40_002, 'refresh_token: Missing data for required field.'), 'app_misconfigured'),
    // The first time; what a second one means is tested beside the table.
    row(200, envelope(40_002, 'refresh_token is invalid'), 'transient'),
    row(200, envelope(40_000, 'Invalid refresh token'), 'transient'),
    ...each('unknown', 40_001, 40_003, 40_130),
    ...each('rate_limited', 40_100, 40_016, 40_132, 40_133, 61_000),
    row(429, page, 'rate_limited'),
    row(429, envelope(40_107), 'rate_limited'),
    ...each('transient', 50_000, 50_002, 51_001, 51_002, 51_039, 51_065, 51_305, 52_000, 53_001),
    ...each('transient', 40_200, 40_201, 40_202, 40_700, 60_001),
    ...each('unknown', 40_999, 49_999, 42_000, 60_002, 7),
    row(500, envelope(40_107), 'transient'),
    row(500, {}, 'transient'),
    row(502, page, 'transient'),
    row(503, '', 'transient'),
    row(504, page, 'transient'),
    row(400, page, 'transient'),
    row(403, page, 'transient'),
    row(404, page, 'app_misconfigured'),
    row(405, page, 'app_misconfigured'),
    row(404, {}, 'app_misconfigured'),
    row(200, { code: 0, message: 'OK', data: {} }, 'transient'),
    row(200, { code: 0, message: 'OK', data: { access_token: '' } }, 'transient'),
    row(200, { code: 0, message: 'OK' }, 'transient'),
    row(200, page, 'transient'),
    row(200, {}, 'transient'),
    row(400, {}, 'unknown'),
    row(302, {}, 'unknown'),
  ],
}

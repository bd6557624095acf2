import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Credential } from '../../src/platforms/credential.ts'
import { facebookPage, instagramFacebookLogin } from '../../src/platforms/facebook-login.ts'
import type { Strategy, Subject } from '../../src/platforms/strategy.ts'
import { changeCredential } from '../../src/refresh/stored-credential.ts'
import { CLIENT } from '../../src/simulator/pretend.ts'
import { DAY_MS, HOUR_MS } from '../../src/units.ts'
import { aSubject } from '../fixtures/subject.ts'
import {
  alive,
  dead,
  deadOf,
  derivations,
  facebookPageTable,
  instagramFacebookLoginTable,
  pagesOf,
  pageTokenOf,
} from './tables/facebook-login.ts'
import { metaError } from './tables/meta.ts'
import { outcomeOf, readAll, type Wire } from './tables/row.ts'

const { now } = aSubject()
const inMs = (ms: number) => new Date(now.getTime() + ms)
const seconds = (moment: Date) => moment.getTime() / 1000

/** A page whose user's token has 20 days left. */
function aPage(credential: Partial<Credential> = {}, members: Partial<Subject> = {}): Subject {
  const user = { userAccessToken: 'EAAUold', userTokenExpiresAt: inMs(20 * DAY_MS).toISOString() }
  return aSubject({
    credential: { kind: null, accessToken: 'EAAPold', refreshToken: null, ...user, ...credential },
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    tokenExpiresAt: null,
    ...members,
  })
}

const anInstagram = () => aPage({ kind: 'facebook_login' })
const withoutUser = { userAccessToken: undefined, userTokenExpiresAt: undefined } as unknown as Partial<Credential>
const far = { userTokenExpiresAt: inMs(31 * DAY_MS).toISOString() }

const exchanged = (members: object = {}): Wire => [200, { access_token: 'EAAUnew', token_type: 'bearer', ...members }]
const SIXTY_DAYS = { expires_in: 60 * 86_400 }
const refused = (...error: Parameters<typeof metaError>): Wire => [400, metaError(...error)]

const proofOf = (token: string) => createHmac('sha256', CLIENT.secret).update(token).digest('hex')

/** Path and query of every request of an attempt. */
function asked(strategy: Strategy, subject: Subject, ...answers: Wire[]) {
  return readAll(strategy, subject, answers).asked.map(({ method, url, form, headers }) => {
    expect({ method, form, headers }).toEqual({ method: 'GET', form: undefined, headers: undefined })
    const { origin, pathname, searchParams } = new URL(url)
    expect(origin).toBe(subject.baseUrl)
    return [pathname, Object.fromEntries(searchParams)]
  })
}

const read = (subject: Subject, ...answers: Wire[]) => readAll(facebookPage, subject, answers).reading

describe('the requests', () => {
  const app = {
    access_token: `${CLIENT.id}|${CLIENT.secret}`,
    appsecret_proof: proofOf(`${CLIENT.id}|${CLIENT.secret}`),
  }

  test('ask about the page, a longer life for the user, the page again and its new token, each with a proof of its own', () => {
    const ending = alive({ expires_at: seconds(inMs(HOUR_MS)) })

    expect(asked(facebookPage, aPage(), ending, exchanged(SIXTY_DAYS), pageTokenOf('1784'), alive())).toEqual([
      ['/v25.0/debug_token', { input_token: 'EAAPold', ...app }],
      [
        '/v25.0/oauth/access_token',
        {
          grant_type: 'fb_exchange_token',
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          fb_exchange_token: 'EAAUold',
          ...app,
        },
      ],
      ['/v25.0/1784', { fields: 'access_token', access_token: 'EAAUnew', appsecret_proof: proofOf('EAAUnew') }],
      ['/v25.0/debug_token', { input_token: 'EAAPnew', ...app }],
    ])
  })

  test('look for the page of an Instagram account among those of the user', () => {
    expect(asked(instagramFacebookLogin, anInstagram(), deadOf([190, 492]))[1]).toEqual([
      '/v25.0/me/accounts',
      {
        fields: 'access_token,instagram_business_account',
        limit: '100',
        access_token: 'EAAUold',
        appsecret_proof: proofOf('EAAUold'),
      },
    ])
  })

  test('keep an id with strange characters inside of its part of the path', () => {
    const subject = aPage({}, { externalId: '../me?x=1' })

    expect(asked(facebookPage, subject, deadOf([190, 492]))[1]?.[0]).toBe('/v25.0/..%2Fme%3Fx%3D1')
  })
})

describe.each([
  ['a page', facebookPageTable, aPage(), pageTokenOf('1784')],
  ['an Instagram account', instagramFacebookLoginTable, anInstagram(), pagesOf('1784')],
])('the answers about %s', (_name, { strategy, rows }, subject, pageToken) => {
  test.each([...rows, ...derivations(pageToken)])('$answers is $outcome', ({ answers, outcome }) => {
    expect(outcomeOf(readAll(strategy, subject, answers).reading)).toBe(outcome)
  })
})

describe('a token that works', () => {
  test('has the end that debug_token names, and none for 0', () => {
    const dataAccessExpiresAt = inMs(9 * DAY_MS)
    const data = { data_access_expires_at: seconds(dataAccessExpiresAt) }

    expect(read(aPage(withoutUser), alive(data))).toEqual({
      kind: 'healthy',
      tokenExpiresAt: null,
      changes: { dataAccessExpiresAt: dataAccessExpiresAt.toISOString() },
    })
    expect(read(aPage(withoutUser), alive({ expires_at: seconds(inMs(HOUR_MS)) }))).toMatchObject({
      kind: 'healthy',
      tokenExpiresAt: inMs(HOUR_MS),
    })
  })

  test.each([
    ['has 30 days left', far],
    ['has ended', { userTokenExpiresAt: inMs(-1).toISOString() }],
    ['is not there', withoutUser],
  ])('is all there is to see when the token of the user %s', (_why, credential) => {
    expect(read(aPage(credential), alive())).toMatchObject({ kind: 'healthy' })
  })
})

describe('the token of the user', () => {
  const changesOf = (subject: Subject, ...answers: Wire[]) => {
    const reading = read(subject, ...answers)
    return reading === null ? null : changeCredential(subject.credential, reading)
  }

  test('gets a longer life, and the page keeps its own token', () => {
    expect(read(aPage(), alive(), exchanged(SIXTY_DAYS))).toMatchObject({
      kind: 'renewed',
      tokens: { accessToken: 'EAAPold', expiresInMs: null },
    })
    expect(changesOf(aPage(), alive(), exchanged(SIXTY_DAYS))).toMatchObject({
      accessToken: 'EAAPold',
      userAccessToken: 'EAAUnew',
      userTokenExpiresAt: inMs(60 * DAY_MS).toISOString(),
    })
  })

  test('is also extended when nobody knows its end', () => {
    const unknown = { userTokenExpiresAt: undefined }

    expect(read(aPage(unknown), alive(), exchanged(SIXTY_DAYS))).toMatchObject({ kind: 'renewed' })
  })

  test('has an unknown end after an answer that does not name it', () => {
    expect(changesOf(aPage(), alive(), exchanged())).toMatchObject({ userAccessToken: 'EAAUnew' })
    expect(changesOf(aPage(), alive(), exchanged())?.userTokenExpiresAt).toBeUndefined()
    // The same token again has the end that it had.
    expect(changesOf(aPage(), alive({ data_access_expires_at: 0 }), exchanged({ access_token: 'EAAUold' }))).toBeNull()
  })

  test('may not move, which is no error, and what came is kept', () => {
    const same = exchanged({ expires_in: 20 * 86_400 })

    expect(read(aPage(), alive(), same)).toMatchObject({ kind: 'healthy' })
    expect(changesOf(aPage(), alive(), same)).toMatchObject({ accessToken: 'EAAPold', userAccessToken: 'EAAUnew' })
  })

  test('is kept when the page then gets no token', () => {
    const ending = alive({ expires_at: seconds(inMs(HOUR_MS)) })
    const answers = [ending, exchanged(SIXTY_DAYS), refused(2)]

    expect(read(aPage(), ...answers)).toMatchObject({ kind: 'renewed', tokens: { expiresInMs: HOUR_MS } })
    expect(changesOf(aPage(), ...answers)).toMatchObject({ accessToken: 'EAAPold', userAccessToken: 'EAAUnew' })
  })

  test('may be what the account is used with: then it is what gets a longer life', () => {
    const own = (leftMs: number) => alive({ type: 'USER', expires_at: seconds(inMs(leftMs)) })

    expect(read(aPage(withoutUser), own(31 * DAY_MS))).toMatchObject({ kind: 'healthy' })
    expect(read(aPage(withoutUser), own(20 * DAY_MS), exchanged(SIXTY_DAYS))).toMatchObject({
      kind: 'renewed',
      tokens: { accessToken: 'EAAUnew', expiresInMs: 60 * DAY_MS },
    })
    expect(read(aPage(withoutUser), own(20 * DAY_MS), refused([190, 460]))).toMatchObject({ kind: 'healthy' })
  })
})

describe('a page that needs another token', () => {
  test('gets it once, with the end that debug_token names', () => {
    expect(read(aPage(), deadOf([190, 492]), pageTokenOf('1784'), alive())).toMatchObject({
      kind: 'renewed',
      tokens: { accessToken: 'EAAPnew', expiresInMs: null },
    })
    expect(
      read(aPage(), deadOf([190, 463]), pageTokenOf('1784'), alive({ expires_at: seconds(inMs(HOUR_MS)) })),
    ).toMatchObject({ tokens: { accessToken: 'EAAPnew', expiresInMs: HOUR_MS } })
  })

  test('is lost without a living token of the user', () => {
    for (const credential of [withoutUser, { userTokenExpiresAt: now.toISOString() }]) {
      expect(read(aPage(credential), deadOf([190, 492]))).toEqual({ kind: 'revoked', code: '190/492' })
      expect(read(aPage(credential), deadOf([190, 463]))).toEqual({ kind: 'token_expired', code: '190/463' })
    }
  })

  test('is not asked for where its owner withdrew the grant', () => {
    expect(read(aPage(), deadOf([190, 460]))).toEqual({ kind: 'revoked', code: '190/460' })
  })
})

describe('a token that debug_token calls invalid without a reason', () => {
  test.each([
    ['190', dead({ code: 190, message: 'Invalid OAuth access token.' })],
    ['not_valid', dead()],
  ])('is dead when it has said %s for an hour', (code, answer) => {
    const failingFor = (hours: number) => aPage(withoutUser, { failing: { code, since: inMs(-hours * HOUR_MS) } })

    expect(read(aPage(withoutUser), answer)).toEqual({ kind: 'transient', code: `${code} unconfirmed` })
    expect(read(failingFor(0.9), answer)).toMatchObject({ kind: 'transient' })
    expect(read(failingFor(1), answer)).toEqual({ kind: 'token_expired', code })
  })
})

test.each([
  ['190', metaError(190)],
  ['102', metaError(102)],
  ['190/463', metaError([190, 463])],
])('an error %s of the look itself never counts as one of the account, however long it lasts', (code, error) => {
  const members = { failing: { code, since: inMs(-30 * DAY_MS) }, tokenExpiresAt: inMs(HOUR_MS) }

  expect(read(aPage({}, members), [400, error])).toEqual({ kind: 'app_misconfigured', code })
})

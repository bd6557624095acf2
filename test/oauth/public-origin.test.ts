import { describe, expect, test } from 'vitest'
import { openAgents } from '../../src/oauth/agents.ts'
import { guardedConnector } from '../../src/oauth/guarded-connector.ts'
import { isPublicAddress, refusalOfOrigin } from '../../src/oauth/public-origin.ts'
import type { HttpRequest } from '../../src/oauth/request.ts'
import { send } from '../../src/oauth/send.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'

describe('an address', () => {
  test.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.each([
    ...['127.0.0.1', '127.8.8.8', '0.0.0.0', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
    ...['224.0.0.1', '255.255.255.255', '198.18.0.1', '240.0.0.1'],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fc00::1',
      'fd00:ec2::254',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
    ],
    ...['', 'not an address', 'localhost'],
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('an origin', () => {
  test.each(['https://bsky.social', 'https://pds.brand.com:8443', 'https://8.8.8.8', 'https://[2606:4700::1111]'])(
    '%s is taken',
    (origin) => {
      expect(refusalOfOrigin(origin)).toBeNull()
    },
  )

  test.each([
    ...['http://bsky.social', 'ftp://bsky.social', 'bsky.social', '', 'https://user:secret@bsky.social'],
    ...[
      'https://localhost',
      'https://pds',
      'https://pds.local',
      'https://pds.internal',
      'https://pds.localhost',
      'https://a.test.',
    ],
    ...[
      'https://127.0.0.1',
      'https://2130706433',
      'https://0x7f.1',
      'https://[::1]',
      'https://[::ffff:7f00:1]',
      'https://10.0.0.1',
    ],
    ...['https://169.254.169.254/latest/meta-data'],
  ])('%s is refused', (origin) => {
    expect(refusalOfOrigin(origin)).toEqual(expect.any(String))
  })
})

describe('a request to a host that an account supplied', () => {
  const request = (url: string): HttpRequest => ({ method: 'GET', url, hostFrom: 'account', spendsToken: true })
  const guarded = async (url: string) => {
    await using agents = openAgents({ connections: 1, allowPrivateNetwork: false })
    return await send(agents.for(request(url)), request(url), { deadlineMs: 5000, mayStillSend: () => true })
  }

  test('never leaves for a private address, however it is written', async () => {
    await using platform = await aPlatformServer()
    const { port } = new URL(platform.origin)

    for (const origin of [
      `http://127.0.0.1:${port}`,
      `https://127.0.0.1:${port}`,
      `https://[::ffff:127.0.0.1]:${port}`,
      `https://localhost:${port}`,
    ]) {
      expect(await guarded(origin)).toEqual({ kind: 'not_sent', code: 'HOST_NOT_ALLOWED' })
    }
    expect(platform.arrived).toHaveLength(0)
  })

  test('leaves for one when private networks are allowed', async () => {
    await using platform = await aPlatformServer()
    platform.answer({ status: 200, body: {} })
    await using agents = openAgents({ connections: 1, allowPrivateNetwork: true })

    expect(
      await send(agents.for(request(platform.origin)), request(platform.origin), {
        deadlineMs: 5000,
        mayStillSend: () => true,
      }),
    ).toMatchObject({
      kind: 'answered',
    })
  })

  test.each([
    ['a private address', [{ address: '10.0.0.1', family: 4 }]],
    [
      'a public and a private one',
      [
        { address: '8.8.8.8', family: 4 },
        { address: '::1', family: 6 },
      ],
    ],
  ])('never leaves for a name that stands for %s', async (_what, addresses) => {
    const connect = guardedConnector({}, (_hostname, _options, callback) => callback(null, addresses))
    const target = { hostname: 'pds.brand.com', host: 'pds.brand.com', protocol: 'https:', port: '443' }

    const error = await new Promise((resolve) => connect(target, (...[refusal]) => resolve(refusal)))

    expect(error).toMatchObject({ code: 'HOST_NOT_ALLOWED' })
  })
})

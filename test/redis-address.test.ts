import { describe, expect, test } from 'vitest'
import { readRedisAddress } from '../src/redis-address.ts'

const read = (text: string) => {
  const found = readRedisAddress(text)
  return found.kind === 'good' ? found.address : found.problem
}

describe('an address of Redis', () => {
  test('of one server is left to ioredis, but for the files of TLS', () => {
    expect(read('redis://user:p%40ss@host:6380/3?family=6')).toMatchObject({
      kind: 'server',
      url: 'redis://user:p%40ss@host:6380/3?family=6',
      tls: null,
    })
    expect(read('rediss://host?sslrootcert=/ca.pem&sslcert=/a.pem&sslkey=/a.key')).toMatchObject({
      url: 'rediss://host',
      tls: { ca: '/ca.pem', cert: '/a.pem', key: '/a.key' },
    })
  })

  test('of a cluster names nodes, with one login for all', () => {
    expect(read('rediss+cluster://user:p%40s%2Cs@one:7000,two,[::1]:7002')).toMatchObject({
      kind: 'cluster',
      hosts: [
        { host: 'one', port: 7000 },
        { host: 'two', port: 6379 },
        { host: '::1', port: 7002 },
      ],
      username: 'user',
      password: 'p@s,s',
      tls: { ca: null, cert: null, key: null },
    })
  })

  test('of sentinels names the master, and may have a password for them and one for it', () => {
    expect(read('redis+sentinel://:pass@one,two:5000/my-master/2?sentinelPassword=other')).toMatchObject({
      kind: 'sentinel',
      hosts: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 5000 },
      ],
      master: 'my-master',
      database: 2,
      username: null,
      password: 'pass',
      sentinelPassword: 'other',
    })
  })

  test.each([
    ['http://host', 'must be an address that starts with redis://'],
    ['redis://', 'must be an address'],
    ['redis://host:port', 'names a host that is none'],
    ['redis://one,two', 'say with redis+cluster://'],
    ['redis://host/name', 'a database that is no number'],
    ['redis+cluster://one,', 'names a host that is none'],
    ['redis+cluster://one,two/1', 'leave out what follows the hosts'],
    ['redis+sentinel://one,two', 'names no master'],
    ['redis+sentinel://one/name/x', 'a database that is no number'],
    ['redis+sentinel://one/name?password=x', 'a parameter that is none of sslrootcert'],
    ['redis+sentinel://one/%', 'a % that is none'],
    ['redis+cluster://:%@one', 'write % as %25'],
    ['redis://host?sslrootcert=/ca.pem', 'start it with rediss'],
  ])('%s is refused', (text, problem) => {
    expect(read(text)).toContain(problem)
  })

  test('gives nothing of itself away when it is refused', () => {
    for (const text of [
      'hunter2',
      'redis://:hunter2@one,two',
      'redis+cluster://:hunter2%@one',
      'redis+cluster://one/hunter2',
    ])
      expect(read(text)).not.toContain('hunter2')
  })
})

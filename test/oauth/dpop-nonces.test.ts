import { expect, test } from 'vitest'
import { rememberNonces } from '../../src/oauth/dpop-nonces.ts'

const carrying = (nonce: string) => ({ headers: { 'dpop-nonce': nonce } })

test('the newest nonce of a server counts, whatever the path', () => {
  const nonces = rememberNonces()

  nonces.learn('https://one.example.com/oauth/token', carrying('first'))
  nonces.learn('https://two.example.com/', carrying('other'))
  nonces.learn('https://one.example.com/else?a=b', carrying('second'))

  expect(nonces.find('https://one.example.com/oauth/token')).toBe('second')
  expect(nonces.find('https://two.example.com/oauth/token')).toBe('other')
  expect(nonces.find('https://three.example.com/')).toBeUndefined()
})

test('an answer without a nonce, or with a monstrous one, changes nothing', () => {
  const nonces = rememberNonces()
  nonces.learn('https://one.example.com/', carrying('first'))

  nonces.learn('https://one.example.com/', { headers: {} })
  nonces.learn('https://one.example.com/', carrying(''))
  nonces.learn('https://one.example.com/', carrying('x'.repeat(10_000)))

  expect(nonces.find('https://one.example.com/')).toBe('first')
})

test('servers that were not heard of for longest are forgotten, so that the memory is bounded', () => {
  const nonces = rememberNonces()
  const servers = Array.from({ length: 1000 }, (_, at) => `https://pds-${at}.example.com/`)
  for (const server of servers) nonces.learn(server, carrying('old'))
  nonces.learn(`${servers[0]}`, carrying('new'))

  nonces.learn('https://one-more.example.com/', carrying('n'))

  expect(nonces.find(`${servers[0]}`)).toBe('new')
  expect(nonces.find(`${servers[1]}`)).toBeUndefined()
  expect(nonces.find(`${servers[2]}`)).toBe('old')
})

import { expect, test } from 'vitest'
import { complainer } from '../src/complaint.ts'
import { aLog } from './fixtures/log.ts'

test('the same trouble is warned of once a minute, another one by itself', () => {
  const { log, lines } = aLog()
  const complain = complainer(log, 'trouble')
  const refused = () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })

  for (let round = 0; round < 100; round++) complain(refused(), { app: 'X' })
  complain(refused(), { app: 'BLUESKY' })
  complain(new Error('something else'), { app: 'X' })

  expect(lines()).toMatchObject([
    { level: 'warn', msg: 'trouble', app: 'X', err: { code: 'ECONNREFUSED' } },
    { app: 'BLUESKY' },
    { app: 'X', err: { message: 'something else' } },
  ])
})

import { DrizzleQueryError } from 'drizzle-orm/errors'
import { expect, test } from 'vitest'
import { aLog } from './fixtures/log.ts'

test('of an error only its kind, code, message, stack and cause are written', () => {
  const { log, lines } = aLog()
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', request: { token: 'CANARY' } })
  const err = Object.assign(new Error('it broke', { cause }), { body: 'CANARY', config: { secret: 'CANARY' } })

  log.error({ err }, 'words')

  expect(JSON.stringify(lines())).not.toContain('CANARY')
  expect(lines()[0]).toMatchObject({
    msg: 'words',
    err: { type: 'Error', message: 'it broke', cause: { code: 'ECONNREFUSED' } },
  })
})

test('of a failed query its parameters stay out', () => {
  const { log, lines } = aLog()

  log.error({ err: new DrizzleQueryError('select $1', ['CANARY'], new Error('the server said no')) })

  expect(JSON.stringify(lines())).not.toContain('CANARY')
  expect(lines()[0]).toMatchObject({ err: { message: 'the server said no' } })
})

test('something thrown that is no error is not written', () => {
  const { log, lines } = aLog()

  log.error({ err: 'CANARY' })

  expect(JSON.stringify(lines())).not.toContain('CANARY')
})

import { expect, test } from 'vitest'
import { openAgents } from '../../src/oauth/agents.ts'
import { linkedinPerson } from '../../src/platforms/linkedin.ts'
import type { Strategy } from '../../src/platforms/strategy.ts'
import { tiktokBusiness } from '../../src/platforms/tiktok-business.ts'
import { converse } from '../../src/refresh/converse.ts'
import { aPlatformServer, type Scripted } from '../fixtures/platform-server.ts'
import { aSubject } from '../fixtures/subject.ts'

/** What an attempt finds out when the platform gives these answers. */
async function findingOf(strategy: Strategy, ...answers: Scripted[]) {
  await using platform = await aPlatformServer()
  await using agents = openAgents({ connections: 2, allowPrivateNetwork: true })
  platform.answer(...answers)
  const subject = aSubject({ baseUrl: platform.origin })
  return await converse(strategy, subject, agents, {
    deadlineMs: 10_000,
    mayStillSend: () => true,
    turn: async () => 0,
  })
}

const breaks: Scripted = (response) => response.destroy()
const dead = { status: 400, body: { error: 'invalid_grant' } }

test('an answer that never came may have spent the token', async () => {
  expect(await findingOf(linkedinPerson, breaks)).toMatchObject({
    finding: { kind: 'no_answer', mayBeSpent: true },
    httpStatus: null,
  })
})

test('a further question that nobody answers leaves what stands already', async () => {
  expect(await findingOf(linkedinPerson, dead, breaks)).toEqual({
    finding: { kind: 'token_expired', code: 'invalid_grant' },
    httpStatus: 400,
  })
})

test('the status is that of the refusal, not of the question which explained it', async () => {
  expect(await findingOf(linkedinPerson, dead, { status: 200, body: { status: 'revoked' } })).toEqual({
    finding: { kind: 'revoked', code: 'invalid_grant' },
    httpStatus: 400,
  })
})

test('a further question that nobody answers spends nothing, and teaches nothing where nothing stands yet', async () => {
  const aboutAccessToken = { status: 200, body: { code: 40_105, message: 'words', data: {} } }

  expect(await findingOf(tiktokBusiness, aboutAccessToken, breaks)).toMatchObject({
    finding: { kind: 'no_answer', mayBeSpent: false },
  })
})

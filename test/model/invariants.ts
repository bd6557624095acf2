import { SECOND_MS } from '../../src/units.ts'
import type { PendingRequest } from './process.ts'
import type { Token } from './strict-platform.ts'
import type { Owned, World } from './world.ts'

/** What must never be, judged by what the platform has seen. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

export function insist(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Violation(sentence)
}

/** Whoever sends does so within 45 s, and holds the lease for another 45 s. */
const OWN_FOR_MS = 45 * SECOND_MS

/** At the moment at which a request leaves: nobody else is asking, and a token that is shown again is one in doubt. */
export function judgeRequest(world: World, { token, process }: PendingRequest): void {
  const { wire, time } = world
  const others = wire.filter((other) => other.token.grant === token.grant)
  for (const other of others) {
    const isOwn = other.stage === 'sent' && !other.process.isDead && time.nowMs < other.sentAtMs + OWN_FOR_MS
    insist(!isOwn, `I6: ${process.name} asks while ${other.process.name} is asking for the same account`)
  }
  if (token.grant.platform === 'YOUTUBE') return

  const mayBeSpent = token.spentAtMs !== null || others.some((other) => other.token === token)
  if (!mayBeSpent) return
  insist(token.doubtedAtMs !== null, 'I1: a token was shown again that is not in doubt')
  const { successor } = token
  const isExplained = successor === null || successor.excuse !== null || successor.isDelayed
  insist(isExplained, 'I1: a token was shown again although the answer to it had arrived')
  const keptAtMs = successor?.keptAtMs ?? null
  const couldBeFound = keptAtMs !== null && keptAtMs < (token.doubtedAtMs ?? 0)
  insist(!couldBeFound, 'I1: a token was shown again although the answer to it was in the escrow')
  world.tally.set('shown again', (world.tally.get('shown again') ?? 0) + 1)
}

/** After every step. */
export function judge(world: World): void {
  for (const account of world.owned) {
    const token = storedToken(world, account)
    if (token === null) continue
    judgeVersion(world, account, token)
    judgeStatus(world, account, token)
    judgeStored(world, account, token)
  }
  judgeAttempts(world)
}

/** The token in the stored credential; null when the account is not connected. */
export function storedToken({ tables, platform, versions }: World, { id }: Owned): Token | null {
  const credential = tables.credentials.get(id)
  if (credential === undefined) return null
  const seen = versions.get(id)
  if (seen !== undefined && seen.sealed === credential.sealed) return seen.token
  return platform.tokens.get(JSON.parse(credential.sealed).content.refreshToken) ?? null
}

/** I3: the version only grows, and with it the credential: no token comes back that was replaced. */
function judgeVersion({ tables, versions }: World, { id }: Owned, token: Token): void {
  const credential = tables.credentials.get(id)
  const seen = versions.get(id)
  if (credential === undefined || seen?.sealed === credential.sealed) return
  const { sealed, version } = credential
  insist(seen === undefined || version === seen.version + 1, `I3: version ${version} follows ${seen?.version}`)
  const isOlder =
    seen?.token?.grant === token.grant && token.grant.tokens.indexOf(token) < token.grant.tokens.indexOf(seen.token)
  insist(!isOlder, 'I3: an older token has replaced a newer one')
  token.isStored = true
  versions.set(id, { sealed, version, token })
}

/** I5: an account ends when its platform has said so, and at no other time. */
function judgeStatus({ tables }: World, { id, grant }: Owned, token: Token): void {
  const account = tables.accounts.get(id)
  insist(token.grant === grant, 'I3: a connection of the owner was overwritten by an older one')
  if (account === undefined || account.status === 'ACTIVE') return
  insist(grant.isToldDead, `I5: ${account.status} although the platform has said nothing of the kind`)
}

/** I2: what is stored is what the platform holds, where nobody is under way with something newer. */
function judgeStored(world: World, { grant }: Owned, token: Token): void {
  const { processes, wire, time, kept } = world
  const isUnderWay =
    processes.some(({ pending }) => pending.length > 0) || wire.length + time.timers.length + kept.size > 0
  if (isUnderWay || grant.ended !== null || grant.platform === 'YOUTUBE') return
  for (let newer = token.successor; newer !== null; newer = newer.successor) {
    insist(newer.excuse !== null, 'I2: the platform holds a token that nobody here knows, and nobody has lost it')
  }
}

/** An attempt that is over for its account is over in the history. */
function judgeAttempts({ tables }: World): void {
  for (const { account_id, attempt_id, lease_id, leased_until } of tables.schedule.values()) {
    insist((lease_id === null) === (leased_until === null), `a lease of ${account_id} without an end`)
    insist(lease_id === null || attempt_id !== null, `a lease of ${account_id} without an attempt`)
  }
  const open = new Set([...tables.schedule.values()].map(({ attempt_id }) => attempt_id))
  for (let at = Math.max(0, tables.attempts.length - 20); at < tables.attempts.length; at++) {
    const attempt = tables.attempts[at]
    insist(attempt?.finished_at !== null || open.has(attempt.id), `attempt ${attempt?.id} is nobody's and not finished`)
  }
}

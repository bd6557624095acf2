import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import type { Agents } from '../oauth/agents.ts'
import { isConfigured, STRATEGIES } from '../platforms/registry.ts'
import type { Strategy, Subject } from '../platforms/strategy.ts'
import { type Conversation, converse } from '../refresh/converse.ts'
import { DAY_MS } from '../units.ts'
import { type Check, failed, ok, warning } from './check.ts'

const DEADLINE_MS = 15_000

/**
 * Tries the credentials of every app with a made-up token, where the platform tells a bad client from a bad grant. No
 * account is touched: nobody has ever been given that token.
 *
 * @param accountsOf how many accounts of an app are connected
 */
export async function checkApps(
  config: Config,
  agents: Agents,
  accountsOf: ReadonlyMap<App, number>,
): Promise<Check[]> {
  const perApp = new Map<App, Strategy>()
  for (const strategy of STRATEGIES) {
    const known = perApp.get(strategy.app)
    if (known === undefined || (!known.tellsClientFromGrant && strategy.tellsClientFromGrant)) {
      perApp.set(strategy.app, strategy)
    }
  }
  return Promise.all(
    [...perApp.values()].map((strategy) => checkApp(strategy, config, agents, accountsOf.get(strategy.app) ?? 0)),
  )
}

async function checkApp(strategy: Strategy, config: Config, agents: Agents, accounts: number): Promise<Check> {
  const { app, needs, tellsClientFromGrant } = strategy
  if (!isConfigured(strategy, config)) return notConfigured(strategy, accounts)
  if (needs.length === 0 && !tellsClientFromGrant) return ok(app, 'needs no credentials of ours')
  if (!tellsClientFromGrant) return ok(app, 'has credentials; they cannot be tried without an account')

  const limits = { deadlineMs: DEADLINE_MS, mayStillSend: () => true, turn: async () => 0 }
  return judge(strategy, await converse(strategy, madeUp(strategy, config), agents, limits))
}

function notConfigured({ app, needs }: Strategy, accounts: number): Check {
  const names = needs.map((need) => `${app}_${need === 'clientId' ? 'CLIENT_ID' : 'CLIENT_SECRET'}`).join(' and ')
  if (accounts === 0) return ok(app, `not set up, and no account needs it`)
  return warning(app, `${accounts} accounts are left alone`, `Set ${names}.`)
}

function judge({ app, title }: Strategy, { finding }: Conversation): Check {
  switch (finding.kind) {
    case 'token_expired':
    case 'revoked':
    case 'healthy':
    case 'renewed':
      return ok(app, `${title} accepts our app`)
    case 'app_misconfigured':
      return failed(
        app,
        `${title} refuses our app (${finding.code})`,
        `Check ${app}_CLIENT_ID and ${app}_CLIENT_SECRET.`,
      )
    case 'no_answer':
      return warning(app, `${title} does not answer (${finding.code})`, 'Check the network from here, then try again.')
    default:
      return warning(app, `${title} gave no clear answer (${codeOf(finding)})`, 'Try again.')
  }
}

const codeOf = (finding: Conversation['finding']) => ('code' in finding ? finding.code : finding.kind)

function madeUp(strategy: Strategy, config: Config): Subject {
  const { baseUrl, clientId, clientSecret, clientKey } = config.apps[strategy.app]
  const token = 'made-up-by-doctor'
  const now = new Date()
  return {
    externalId: '0',
    credential: { kind: strategy.kind, accessToken: token, refreshToken: token },
    baseUrl: baseUrl ?? strategy.origin,
    ...{ clientId, clientSecret, clientKey },
    plcUrl: config.blueskyPlcUrl,
    issuedAt: null,
    tokenExpiresAt: null,
    refreshTokenExpiresAt: null,
    // A made-up token has nothing to lose: what a platform says once of it may count as if said before.
    failing: { code: '190', since: new Date(now.getTime() - DAY_MS) },
    now,
  }
}

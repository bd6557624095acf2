import process from 'node:process'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/database/connect.ts'
import { openLedger } from '../../src/database/ledger.ts'
import { openEscrow } from '../../src/escrow/escrow.ts'
import { openLog } from '../../src/log.ts'
import { openMetrics } from '../../src/metrics/metrics.ts'
import { openAgents } from '../../src/oauth/agents.ts'
import { openPace } from '../../src/refresh/pace.ts'
import { refresh } from '../../src/refresh/refresh.ts'
import { HOUR_MS } from '../../src/units.ts'
import { openVault } from '../../src/vault.ts'

// The process that is killed: the refresh path of a daemon without its queue, so that it starts fast. Refreshes the accounts
// that it is given, over and over, several at a time.

const [settings = '{}'] = process.argv.slice(2)
const { databaseUrl, origin, key, dataDir, atOnce, accountIds } = JSON.parse(settings) as {
  databaseUrl: string
  origin: string
  key: string
  dataDir: string
  atOnce: number
  accountIds: string[]
}
const config = readConfig({ X_BASE_URL: origin, X_CLIENT_ID: 'client', ALLOW_PRIVATE_NETWORK: '1' }, { keys: false })
const log = openLog('silent')
const vault = openVault([{ kid: 'k1', key: Buffer.from(key, 'base64') }])
const db = openDatabase(databaseUrl, { connections: 15, name: 'killed', log, queryTimeoutMs: 30_000 })
const context = {
  db,
  pace: openPace(db, config, () => undefined),
  vault,
  escrow: openEscrow({ redisUrl: null, dataDir, vault, log }),
  config,
  agents: openAgents({ connections: atOnce, allowPrivateNetwork: true }),
  ledger: openLedger(db),
  log,
  metrics: openMetrics([]).attempts,
  worker: 'killed',
}

async function takeTurns(first: number): Promise<never> {
  for (let at = first; ; at += atOnce) {
    const accountId = accountIds[at % accountIds.length] ?? ''
    await refresh(context, { accountId, trigger: 'operator', requestedAt: new Date(Date.now() + HOUR_MS) })
    if (at < atOnce) process.stdout.write('.')
  }
}

await Promise.all(Array.from({ length: atOnce }, (_, first) => takeTurns(first)))

import { readOptions } from '../fixtures/command-line.ts'
import { readLimits } from './limits.ts'
import { ASSUMED_MIX, readMix } from './mix.ts'
import { readOutages } from './outages.ts'
import { renderReport } from './render-report.ts'
import { simulateFleet } from './simulate-fleet.ts'

// npm run simulate:fleet -- --accounts 1000000 --outage X@10d+4h,daemons@30d+90m --limit X=300

const OUTAGES = 'X@10d+4h,daemons@30d+2h,INSTAGRAM@45d+1d,TIKTOK@55d+20m,daemons@75d+8m'

const { mix, outage, limit, ...given } = readOptions('simulate:fleet', {
  ...{ accounts: 10_000_000, days: 90, seed: 1, daemons: 4, 'per-daemon': 450, concurrency: 60 },
  ...{ 'scan-interval-ms': 2000, 'latency-ms': 300 },
  mix: { form: 'KIND=PARTS,…', otherwise: ASSUMED_MIX, read: readMix },
  limit: { form: 'APP=REQUESTS_PER_SECOND,…|none', otherwise: 'TIKTOK_BUSINESS=10', read: readLimits },
  outage: { form: 'APP|daemons@BEGIN+LENGTH,…|none', otherwise: OUTAGES, read: readOutages },
  'quiet-stretches': ['leave-out', 'play'],
})

console.error(
  `${given.accounts} accounts for ${given.days} days, seed ${given.seed}: ${given.daemons} daemons of ` +
    `${given['per-daemon']} refreshes per second, WORKER_CONCURRENCY ${given.concurrency}`,
)
const beganMs = Date.now()
const report = simulateFleet({
  ...{ accounts: given.accounts, days: given.days, seed: given.seed, mix, outages: outage },
  settings: {
    ...limit,
    WORKER_CONCURRENCY: String(given.concurrency),
    SCAN_INTERVAL_MS: String(given['scan-interval-ms']),
  },
  ...{ daemons: given.daemons, perDaemon: given['per-daemon'], latencyMs: given['latency-ms'] },
  playsAll: given['quiet-stretches'] === 'play',
})
console.log(renderReport(report))
console.error(`${Math.round((Date.now() - beganMs) / 1000)} s`)

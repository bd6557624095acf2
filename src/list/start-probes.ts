import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { type Listening, listen } from './listen.ts'
import { openServer } from './open-server.ts'
import { addProbes, type Probes } from './probes.ts'
import { Problem } from './problem.ts'

/** Starts what a process without the list answers: whether it is well, and its metrics. */
export async function startProbes({
  config,
  probes,
  log,
}: {
  config: Config
  probes: Probes
  log: Log
}): Promise<Listening> {
  const server = openServer({ readiness: probes.readiness, trustedProxies: config.list.trustedProxies, log })
  addProbes(server, probes)
  server.setNotFoundHandler(async () => {
    throw new Problem('NOT_FOUND', 'There is nothing at this address.')
  })
  return listen(server, config, probes.readiness)
}

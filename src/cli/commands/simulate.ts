import { startSimulator } from '../../simulator/simulator.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Runs pretend versions of the platforms until the process is told to stop. */
export async function runSimulate({ port }: { port: number }, terminal: Terminal): Promise<void> {
  const stopped = terminal.untilStopped()
  await using simulator = await startSimulator({ port }).catch((error) => {
    throw error.code === 'EADDRINUSE' ? new Refusal(`Port ${port} is taken: choose another with --port.`) : error
  })
  await print(terminal.messages, guide(simulator.origin))
  const settings = Object.entries(simulator.settings).map(([name, value]) => `${name}=${value}`)
  await print(terminal.output, settings.join('\n'))
  await stopped
}

const guide = (origin: string) => `Pretend platforms run on ${origin}; Ctrl-C stops them and forgets their accounts.
Give a daemon the settings below, and connect accounts that live for two minutes:
  curl -sX POST '${origin}/accounts?platform=X&count=3&lifetimeSeconds=120' | npm run -s cli -- accounts import -`

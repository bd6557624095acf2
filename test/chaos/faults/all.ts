import type { Backend, Fault } from '../fault.ts'
import { escrowFaults } from './escrow-faults.ts'
import { networkFaults } from './network-faults.ts'
import { platformFaults } from './platform-faults.ts'
import { postgresFaults } from './postgres-faults.ts'
import { processFaults } from './process-faults.ts'
import { redisFaults } from './redis-faults.ts'

/** Everything that can break. */
export const FAULTS: readonly Fault[] = [
  ...processFaults,
  ...platformFaults,
  ...networkFaults.map((fault) => ({ ...fault, cutsAnswers: true })),
  ...redisFaults,
  ...postgresFaults,
  ...escrowFaults,
]

export const faultsOf = (backend: Backend) => FAULTS.filter(({ backends }) => backends.includes(backend))

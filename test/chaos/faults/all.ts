import type { Backend, Fault } from '../fault.ts'
import { platformFaults } from './platform.ts'
import { processFaults } from './processes.ts'

export const FAULTS: readonly Fault[] = [...processFaults, ...platformFaults]

export const faultsOf = (backend: Backend) => FAULTS.filter(({ backends }) => backends.includes(backend))

import { claiming } from './claiming.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { idling, idlingDatabase } from './idling.ts'

/** In the order of the table. */
export const benchmarks: readonly Benchmark[] = [claiming, idling, idlingDatabase]

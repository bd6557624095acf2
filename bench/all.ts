import { claiming } from './claiming.ts'
import type { Benchmark } from './harness/benchmark.ts'

/** In the order of the table. */
export const benchmarks: readonly Benchmark[] = [claiming]

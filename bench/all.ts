import { claiming } from './claiming.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { idling, idlingDatabase } from './idling.ts'
import { largeList } from './large-list.ts'
import { listing } from './listing.ts'

/** In the order of the table. */
export const benchmarks: readonly Benchmark[] = [claiming, idling, idlingDatabase, listing, largeList]

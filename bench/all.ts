import { claiming } from './claiming.ts'
import { growing } from './growing.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { herding } from './herding.ts'
import { idling, idlingDatabase } from './idling.ts'
import { importing } from './importing.ts'
import { largeList } from './large-list.ts'
import { listing } from './listing.ts'
import { refreshing } from './refreshing.ts'
import { starting } from './starting.ts'

/** In the order of the table. */
export const benchmarks: readonly Benchmark[] = [
  ...refreshing,
  claiming,
  idling,
  idlingDatabase,
  growing,
  listing,
  largeList,
  importing,
  herding,
  starting,
]

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What waits longest, for processes to start and for time to pass. Begun last, they would run while the other workers idle. */
const LONG = [
  'test/chaos/chaos.test.ts',
  'test/end-to-end/daemon.test.ts',
  'test/list/page/live.test.ts',
  'test/end-to-end/platforms.test.ts',
  'test/cli/webhooks.test.ts',
  'test/end-to-end/list.test.ts',
  'test/end-to-end/bluesky.test.ts',
  'test/cli/refresh.test.ts',
  'test/cli/looking.test.ts',
  'test/list/page-routes.test.ts',
  'test/daemon.test.ts',
  'test/end-to-end/bluesky-oauth.test.ts',
  'test/end-to-end/image.test.ts',
  'test/end-to-end/tracing.test.ts',
  'test/code.test.ts',
  'test/end-to-end/steps.test.ts',
  'test/herd/herd.test.ts',
  'test/starvation.test.ts',
  'test/end-to-end/wrong-clock.test.ts',
  'test/model/model.test.ts',
]

const placeOf = ({ moduleId }: TestSpecification) => {
  const at = LONG.findIndex((file) => moduleId.endsWith(`/${file}`))
  return at === -1 ? LONG.length : at
}

/** Three daemons each, which want the machine for themselves: one after the other. */
const CROWDED = ['test/upgrade/upgrade.test.ts', 'test/upgrade/rolling-restart.test.ts']
const BETWEEN_THEM = 25

/** Begins with the files that take longest; the others as they come, and the crowded ones far from each other. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other))
    const isCrowded = ({ moduleId }: TestSpecification) => CROWDED.some((file) => moduleId.endsWith(`/${file}`))
    const spread = sorted.filter((file) => !isCrowded(file))
    for (const [at, file] of sorted.filter(isCrowded).entries()) spread.splice((at + 1) * BETWEEN_THEM, 0, file)
    return spread
  }
}

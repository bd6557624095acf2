/** What Node writes with `--cpu-prof`, as far as we read it. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Whose time it is, told by the innermost of our files or libraries that is on the stack. */
const STAGES: readonly (readonly [stage: string, files: RegExp])[] = [
  ['seal and open credentials', /\/src\/(vault|refresh\/(opened-account|stored-credential))\.ts/],
  ['write ahead of the commit', /\/src\/(escrow\/|signature\.ts)/],
  ['ask the platform', /\/src\/(oauth|platforms)\/|\/src\/refresh\/(converse|ask-platform)\.ts|node_modules\/undici\//],
  ['talk to PostgreSQL', /node_modules\/pg|\/src\/database\//],
  ['talk to the queue', /node_modules\/(bullmq|ioredis|msgpackr)|\/src\/queue\//],
  ['log', /node_modules\/(pino|sonic-boom)|\/src\/(log|cli\/daemon-log)\.ts/],
  ['metrics', /node_modules\/prom-client|\/src\/metrics\//],
  ['rules, attempts, jobs', /\/src\//],
]
const REST = "Node's own, and the start"

/** Adds up the time of each stage, in milliseconds; idle time is left out. */
export function readStages({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const known = new Map<number, string | null>()

  const stageOf = (id: number): string | null => {
    const found = known.get(id)
    if (found !== undefined) return found
    const { functionName, url } = byId.get(id)?.callFrame ?? { functionName: '(root)', url: '' }
    const parent = parents.get(id)
    const stage = stageOfFrame(functionName, url) ?? (parent === undefined ? REST : stageOf(parent))
    known.set(id, stage === '' ? null : stage)
    return known.get(id) ?? null
  }
  const stages = new Map<string, number>()
  for (const [at, id] of samples.entries()) {
    const stage = stageOf(id)
    if (stage !== null) stages.set(stage, (stages.get(stage) ?? 0) + (timeDeltas[at] ?? 0) / 1000)
  }
  return stages
}

/** @returns undefined: its caller tells; empty: nobody's */
function stageOfFrame(functionName: string, url: string): string | undefined {
  if (functionName === '(idle)') return ''
  if (functionName === '(garbage collector)') return 'collect garbage'
  return STAGES.find(([, files]) => files.test(url))?.[0]
}

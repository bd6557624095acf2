/**
 * Shares what the fleet can do among apps that want to do something: each gets what it wants as long as that is no more
 * than an equal part, and those that want more get equal parts of the rest.
 */
export function shareWork(wanted: readonly number[], capacity: number): number[] {
  if (wanted.reduce((sum, want) => sum + want, 0) <= capacity) return [...wanted]
  const shares = wanted.map(() => 0)
  const byWant = wanted.map((want, at) => ({ want, at })).sort((one, other) => one.want - other.want)
  let left = Math.max(0, capacity)
  for (const [served, { want, at }] of byWant.entries()) {
    const share = Math.min(want, Math.floor(left / (byWant.length - served)))
    shares[at] = share
    left -= share
  }
  return shares
}

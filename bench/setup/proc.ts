import { readdir, readFile } from 'node:fs/promises'

// What Linux tells of a process. Elsewhere there is no /proc, and the benchmarks that need it say so by failing.

/** Ticks of 10 ms, as Linux counts for everybody. */
const TICK_MS = 10

/** CPU that a process has used, in its own code and in the kernel for it. */
export async function readCpuMs(pid: number): Promise<number> {
  const { own } = await readStat(pid)
  return own * TICK_MS
}

/** CPU of a process and all its children, also of those that have ended: for servers with a process per connection. */
export async function readFamilyCpuMs(pid: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const stats = await Promise.all(pids.map((each) => readStat(each).catch(() => null)))
  const children = stats.filter((stat) => stat?.parent === pid).map((stat) => stat?.own ?? 0)
  const { own, ended } = await readStat(pid)
  return (own + ended + children.reduce((sum, ticks) => sum + ticks, 0)) * TICK_MS
}

async function readStat(pid: number): Promise<{ parent: number; own: number; ended: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // Behind the name in parentheses, which may hold spaces: state, parent and, tenth from there, what was used.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15)
  return { parent: fields[1] ?? 0, own: user + system, ended: endedUser + endedSystem }
}

/** Memory of a process in MiB: what it has now, or the most that it ever had. */
export async function readMemoryMb(pid: number, which: 'now' | 'peak'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const field = which === 'now' ? 'VmRSS' : 'VmHWM'
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status) ?? []
  return Number(kilobytes) / 1024
}

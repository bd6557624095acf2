import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// Loaded into a daemon by `--import`: on SIGUSR2 its event loop stands still for as long as the file says.
const file = join(process.env.DATA_DIR ?? '.', 'stall-ms')

process.on('SIGUSR2', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(readFileSync(file, 'utf8')))
})

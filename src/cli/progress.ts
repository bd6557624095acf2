import type { Writable } from 'node:stream'
import { isTerminal } from './terminal.ts'

/** How far long work is: a bar on a terminal, a line now and then elsewhere. */
export interface Progress {
  /** @param note what else is to be said, behind the numbers */
  show(done: number, note?: string): void
  /** Takes the bar away. */
  end(): void
}

const BAR_WIDTH = 30
const REDRAW_MS = 100
const LINE_MS = 10_000

export function openProgress(stream: Writable, { label, total }: { label: string; total: number }): Progress {
  const isBar = isTerminal(stream)
  let lastMs = isBar ? 0 : Date.now()
  let isDrawn = false
  return {
    show(done, note = '') {
      const nowMs = Date.now()
      if (nowMs - lastMs < (isBar ? REDRAW_MS : LINE_MS)) return
      lastMs = nowMs
      const numbers = `${count(done)} of ${count(total)}${note === '' ? '' : `; ${note}`}`
      stream.write(isBar ? `${ERASE_LINE}${label} ${bar(done, total)} ${numbers}` : `${label}: ${numbers}\n`)
      isDrawn = isBar
    },
    end() {
      if (isDrawn) stream.write(ERASE_LINE)
      isDrawn = false
    },
  }
}

const ERASE_LINE = '\r\u001b[2K'

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / total))
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
}

/** A number as a person reads it: 1,000,000. */
export const count = (number: number): string => number.toLocaleString('en-US')

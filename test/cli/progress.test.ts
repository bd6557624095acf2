import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { openProgress } from '../../src/cli/progress.ts'

function aStream(isTTY: boolean) {
  let written = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += chunk
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY }), written: () => written }
}

test('on a terminal progress is a bar that is drawn over and taken away', () => {
  const { stream, written } = aStream(true)
  const progress = openProgress(stream, { label: 'Refreshing', total: 2000 })

  progress.show(1000, '3 did not renew')
  progress.end()

  expect(written()).toBe(
    `\r\u001b[2KRefreshing ${'█'.repeat(15)}${'░'.repeat(15)} 1,000 of 2,000; 3 did not renew\r\u001b[2K`,
  )
})

test('elsewhere short work is quiet', () => {
  const { stream, written } = aStream(false)
  const progress = openProgress(stream, { label: 'Refreshing', total: 2000 })

  progress.show(1000)
  progress.end()

  expect(written()).toBe('')
})

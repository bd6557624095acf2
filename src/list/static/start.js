import { announce } from './announce.js'
import { makeAsk } from './ask.js'
import { readFilter } from './filter.js'
import { forgetKey, readKey, saveKey } from './key.js'
import { render } from './lit-html/lit-html.js'
import { look } from './look.js'
import { readAttempts } from './look-history.js'
import { emptyState } from './state.js'
import { view } from './view.js'
import { watch } from './watch.js'

/** @import { Watch } from './watch.js' */

const page = /** @type {HTMLElement} */ (document.getElementById('page'))
const state = emptyState(readKey(), readFilter())
let ask = makeAsk(state.key ?? '')
/** @type {Watch | null} */
let watching = null

/** What a reader can do. @typedef {typeof actions} Actions */
const actions = {
  /** @param {string} key */
  useKey(key) {
    saveKey(key)
    Object.assign(state, emptyState(key, readFilter()))
    begin()
  },
  forgetKey() {
    end()
    Object.assign(state, emptyState(null, readFilter()))
    draw()
  },
  /** @param {string} cursor */
  nextPage(cursor) {
    state.cursors.push(cursor)
    watching?.now()
  },
  previousPage() {
    state.cursors.pop()
    watching?.now()
  },
  /** @param {string} cursor */
  async olderAttempts(cursor) {
    await readAttempts(state, ask, new AbortController().signal, cursor)
    draw()
  },
}

const draw = () => render(view(state, actions), page)

function begin() {
  ask = makeAsk(state.key ?? '')
  openHistory()
  watching?.stop()
  watching = watch(lookAndDraw, (isHidden) => {
    if (isHidden) state.connection = { kind: 'hidden' }
  })
  draw()
  watching.now()
}

function end() {
  forgetKey()
  watching?.stop()
  watching = null
}

/** @param {AbortSignal} signal */
async function lookAndDraw(signal) {
  const before = state.connection.kind
  const waitMs = await look(state, ask, signal)
  if (state.key === null) end()
  const { kind } = state.connection
  if (kind !== before && (kind === 'offline' || kind === 'away')) announce('The connection is lost. Trying again.')
  if (kind === 'live' && (before === 'offline' || before === 'away')) announce('The connection is back.')
  draw()
  return waitMs
}

function openHistory() {
  const { accountId } = state.filter
  if (accountId === null) state.history = null
  else if (state.history?.accountId !== accountId)
    state.history = { accountId, account: null, attempts: null, nextCursor: null, problem: null }
}

addEventListener('hashchange', () => {
  const before = state.filter
  state.filter = readFilter()
  const { health, platform, workspaceId } = state.filter
  if (health !== before.health || platform !== before.platform || workspaceId !== before.workspaceId) state.cursors = []
  openHistory()
  draw()
  watching?.now()
})
// What is said of time goes on while nothing else happens.
setInterval(draw, 1000)

if (state.key === null) draw()
else begin()

const NAME = 'token-refresh-worker.key'

/** The key of this tab: gone when the tab is closed, and never seen by another. */
export const readKey = () => sessionStorage.getItem(NAME)

/** @param {string} key */
export const saveKey = (key) => sessionStorage.setItem(NAME, key)

export const forgetKey = () => sessionStorage.removeItem(NAME)

/** @param {string} text */
export const looksLikeKey = (text) => /^pb_live_[0-9A-Za-z]{32}$/.test(text)

/** A 256-bit key that seals credentials; `kid` names it in every value that it sealed. */
export interface MasterKey {
  readonly kid: string
  readonly key: Buffer
}

/** Reads `kid:base64,kid2:base64`. The problems say what is wrong and never show a key. */
export function readMasterKeys(text: string): { keys: readonly MasterKey[]; problems: readonly string[] } {
  const read = text.split(',').map((pair) => readKey(pair.trim()))
  const keys = read.flatMap((result) => (typeof result === 'string' ? [] : [result]))
  const problems = read.filter((result) => typeof result === 'string')
  const kids = keys.map(({ kid }) => kid)
  const twice = new Set(kids.filter((kid, at) => kids.indexOf(kid) < at))
  return { keys, problems: [...problems, ...[...twice].map((kid) => `names the key ${quote(kid)} twice`)] }
}

function readKey(pair: string): MasterKey | string {
  const [kid = '', base64 = '', ...rest] = pair.split(':')
  const key = Buffer.from(base64, 'base64')
  if (!/^[\w.-]{1,64}$/.test(kid) || rest.length > 0 || !/^[\w+/-]+={0,2}$/.test(base64)) {
    return 'must be pairs like k1:BASE64, separated by commas; the name has letters, digits, . _ -'
  }
  if (key.length !== 32) {
    return `needs keys of 32 bytes, but ${quote(kid)} has ${key.length}: openssl rand -base64 32 makes one`
  }
  return { kid, key }
}

/** A longer name may be the key itself, in the wrong place. */
const quote = (kid: string) => (kid.length <= 16 ? `"${kid}"` : `"${kid.slice(0, 4)}…"`)

import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const START = 'pb_live_'
const RANDOM_LENGTH = 26
const CHECKSUM_LENGTH = 6
/** Characters after the start that may be shown, to tell keys apart. */
const VISIBLE_LENGTH = 8

export interface NewApiKey {
  /** Shown once, never stored. */
  readonly plaintext: string
  readonly digest: string
  readonly prefix: string
}

/** Makes an API key: 26 random characters (154 bits) and a checksum of them, so that junk is told without a look-up. */
export function makeApiKey(): NewApiKey {
  const random = randomText(RANDOM_LENGTH)
  const plaintext = `${START}${random}${checksum(random)}`
  return { plaintext, digest: digestOf(plaintext), prefix: random.slice(0, VISIBLE_LENGTH) }
}

/** Whether a text can be one of our keys; says nothing about whether the key exists. */
export function isWellFormedKey(text: string): boolean {
  const random = text.slice(START.length, START.length + RANDOM_LENGTH)
  return text.startsWith(START) && text === `${START}${random}${checksum(random)}` && /^[0-9A-Za-z]{26}$/.test(random)
}

/** What is stored of a key. A plain hash is enough for 154 random bits. */
export const digestOf = (plaintext: string): string => createHash('sha256').update(plaintext).digest('hex')

function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = `${ALPHABET.charAt(rest % ALPHABET.length)}${digits}`
    rest = Math.floor(rest / ALPHABET.length)
  }
  return digits
}

function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    // 248 is the largest multiple of 62 below 256: above it the first characters would come up more often.
    for (const byte of randomBytes(length)) if (byte < 248 && text.length < length) text += ALPHABET.charAt(byte % 62)
  }
  return text
}

import fc from 'fast-check'

// JSON as whoever is ill-natured or mistaken writes it. Texts and not values: only a text holds a member twice, a number
// beyond all bounds, or half of a surrogate pair.

/** Texts that something below us does not take, or takes for something else. */
const HOSTILE = [
  ...['\u0000', 'a\u0000b', '\ud800', 'a\udfff', '\u202e', '\u001b[2J', 'line\nline', '', ' ', 'NaN', 'null', '-1'],
  ...['__proto__', 'constructor', 'toString', '{}', "'; drop table social_accounts; --", '%00', '\\u0000', '\ufeff'],
]

export const anyText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...HOSTILE), weight: 6 },
  { arbitrary: fc.string({ maxLength: 12 }), weight: 3 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 8 }), weight: 3 },
  { arbitrary: fc.constantFrom(256, 20_000).map((length) => 'x'.repeat(length)), weight: 1 },
)

/** Numbers as they stand in a text; some of them are none any more once they are read. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('0', '-0', '-1', '1', '3600', '1e3', '0.5', '1e-320', '1e308', '1e999', '-1e999', '2147483648'),
  fc.constantFrom(
    '9007199254740993',
    '99999999999999999999',
    '253402300800',
    '8640000000000001',
    '1.7976931348623157e308',
  ),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
)

/** So deep that whatever descends by recursion falls. */
export const deepText: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('[', '{"a":'), fc.constantFrom(10, 100, 100, 2000, 60_000))
  .map(([open, depth]) => `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`)

export const leafText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: anyText.map((text) => JSON.stringify(text)), weight: 20 },
  { arbitrary: numberText, weight: 20 },
  {
    arbitrary: fc.constantFrom('true', 'false', 'null', '{}', '[]', '[null]', '""', '"1"', '"-5"', '"1e9"'),
    weight: 2,
  },
  { arbitrary: deepText, weight: 1 },
)

/** An object whose members come from a vocabulary, in any order and also twice. */
export function objectText(names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const name = fc.oneof({ arbitrary: fc.constantFrom(...names), weight: 9 }, { arbitrary: anyText, weight: 1 })
  return fc
    .array(fc.tuple(name, value), { maxLength: 5 })
    .map((members) => `{${members.map(([member, held]) => `${JSON.stringify(member)}:${held}`).join(',')}}`)
}

/** JSON of any shape, of these members where it has some. */
export function jsonText(names: readonly string[]): fc.Arbitrary<string> {
  const flat = objectText(names, leafText)
  const nested = objectText(
    names,
    fc.oneof(
      leafText,
      flat,
      fc.array(flat, { maxLength: 2 }).map((all) => `[${all}]`),
    ),
  )
  return fc.oneof(
    { arbitrary: nested, weight: 6 },
    leafText,
    fc.array(flat, { maxLength: 2 }).map((all) => `[${all}]`),
  )
}

/** A text that was JSON before somebody cut it, doubled it or wrote into it. */
export function brokenText(whole: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(whole, fc.nat(), fc.constantFrom('', '"', '}', '\u0000', '\\', '\ud800', ','))
    .map(([text, at, wedge]) => `${text.slice(0, at % (text.length + 1))}${wedge}${text.slice(at % (text.length + 2))}`)
}

/** What becomes of one place of a value when it is written down. */
export type Alteration =
  | { readonly kind: 'keep' | 'drop' }
  | { readonly kind: 'replace' | 'repeat'; readonly text: string }

/** Mostly leaves things as they are: a case in which everything is wrong does not get far. */
export const alterations = (leaf: fc.Arbitrary<string>): fc.Arbitrary<Alteration[]> =>
  fc.array(
    fc.oneof(
      { arbitrary: fc.constant<Alteration>({ kind: 'keep' }), weight: 6 },
      { arbitrary: fc.constant<Alteration>({ kind: 'drop' }), weight: 1 },
      { arbitrary: leaf.map((text): Alteration => ({ kind: 'replace', text })), weight: 2 },
      { arbitrary: leaf.map((text): Alteration => ({ kind: 'repeat', text })), weight: 1 },
    ),
    { maxLength: 12 },
  )

/** Writes a value as JSON, with other texts in place of some of its parts, and some members missing or twice. */
export function alteredText(value: unknown, changes: readonly Alteration[]): string {
  const left = [...changes]
  const write = (part: unknown): string => {
    const change = left.shift()
    if (change?.kind === 'replace') return change.text
    if (Array.isArray(part)) return `[${part.map(write).join(',')}]`
    if (typeof part !== 'object' || part === null) return JSON.stringify(part) ?? 'null'
    const members = Object.entries(part).flatMap(([name, held]) => {
      const fate = left.shift()
      const member = `${JSON.stringify(name)}:${write(held)}`
      if (fate?.kind === 'drop') return []
      return fate?.kind === 'repeat' ? [member, `${JSON.stringify(name)}:${fate.text}`] : [member]
    })
    return `{${members.join(',')}}`
  }
  return write(value)
}

import { renderAccountsPerCore, renderFleets } from './capacity.ts'

const RATE = /\*\*R = (\d+)\*\*/

/**
 * Reckons the tables of docs/capacity.md anew, from the R that the page itself names.
 *
 * @throws when the page has no R, or no place for a table
 */
export function reckonPage(page: string): string {
  const rate = Number(RATE.exec(page)?.[1])
  if (!(rate > 0)) throw new Error('the page has no line with **R = …**')
  return [
    ['accounts per core', renderAccountsPerCore(rate)],
    ['fleets', renderFleets(rate)],
  ].reduce((text, [name = '', table = '']) => fill(text, name, table), page)
}

function fill(page: string, name: string, table: string): string {
  const place = new RegExp(`(<!-- ${name} -->\n)[^<]*(<!-- end -->)`)
  if (!place.test(page)) throw new Error(`the page has no place for ${name}`)
  return page.replace(place, (_whole, begin, end) => `${begin}${table}\n${end}`)
}

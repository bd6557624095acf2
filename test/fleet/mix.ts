import { KINDS } from './kinds.ts'

/** How many parts of the fleet each kind of account is, by its name. */
export type Mix = ReadonlyMap<string, number>

/**
 * An assumption: what a tool that publishes for brands may look like. No source tells the mix of a real one; whoever knows
 * theirs says so with `--mix`.
 */
export const ASSUMED_MIX = [
  'INSTAGRAM=20,INSTAGRAM/facebook_login=12,FACEBOOK_PAGE=24,THREADS=5,X=8,LINKEDIN_PERSON=6,LINKEDIN_COMPANY=6',
  'TIKTOK_PERSONAL=7,TIKTOK_BUSINESS=2,YOUTUBE=6,PINTEREST=3,BLUESKY=0.8,BLUESKY/oauth=0.2',
].join()

/** Reads `NAME=PARTS,…`; a kind that is not named has no accounts. */
export function readMix(text: string): Mix | { readonly problem: string } {
  const mix = new Map<string, number>()
  for (const entry of text.split(',')) {
    const [name = '', parts = ''] = entry.split('=')
    if (!KINDS.some((kind) => kind.name === name)) {
      return { problem: `there is no kind of account "${name}", but ${KINDS.map((kind) => kind.name).join(', ')}` }
    }
    if (!/^\d+(\.\d+)?$/.test(parts)) return { problem: `"${entry}" is not a kind and its parts, like X=8` }
    mix.set(name, Number(parts))
  }
  const isEmpty = [...mix.values()].every((parts) => parts === 0)
  return isEmpty ? { problem: 'nobody is in it' } : mix
}

/** How many of the accounts are of each kind, in the order of `KINDS`; rounded so that they add up. */
export function countByKind(mix: Mix, accounts: number): number[] {
  const all = [...mix.values()].reduce((sum, parts) => sum + parts, 0)
  let parts = 0
  let counted = 0
  return KINDS.map(({ name }) => {
    parts += mix.get(name) ?? 0
    const count = Math.round((accounts * parts) / all) - counted
    counted += count
    return count
  })
}

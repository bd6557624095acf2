import type { Pretend } from './pretend.ts'
import { pretendFacebookPage, pretendInstagramFacebookLogin } from './pretend-facebook.ts'
import { pretendInstagram, pretendThreads } from './pretend-long-lived.ts'
import { pretendPds } from './pretend-pds.ts'
import { pretendX } from './pretend-x.ts'

/** Every kind of account that is pretended. The first kind of a platform is its default. */
export const PRETENDS: readonly Pretend[] = [
  pretendInstagram,
  pretendThreads,
  pretendFacebookPage,
  pretendInstagramFacebookLogin,
  pretendX,
  pretendPds,
]

/** The kind of a platform; undefined when it is not pretended. A kind that is not given is the default. */
export const findPretend = (platform: string, kind?: string | null): Pretend | undefined =>
  PRETENDS.find((pretend) => pretend.platform === platform && (kind == null || pretend.kind === kind))

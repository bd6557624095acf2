import type { Pretend } from './pretend.ts'
import { pretendBlueskyOAuth } from './pretend-bluesky-oauth.ts'
import { pretendFacebookPage, pretendInstagramFacebookLogin } from './pretend-facebook.ts'
import { pretendLinkedinCompany, pretendLinkedinPerson } from './pretend-linkedin.ts'
import { pretendInstagram, pretendThreads } from './pretend-long-lived.ts'
import { pretendPds } from './pretend-pds.ts'
import { pretendPinterest } from './pretend-pinterest.ts'
import { pretendTiktok } from './pretend-tiktok.ts'
import { pretendTiktokBusiness } from './pretend-tiktok-business.ts'
import { pretendX } from './pretend-x.ts'
import { pretendYoutube } from './pretend-youtube.ts'

/** Every kind of account that is pretended. The first kind of a platform is its default. */
export const PRETENDS: readonly Pretend[] = [
  pretendInstagram,
  pretendThreads,
  pretendFacebookPage,
  pretendInstagramFacebookLogin,
  pretendX,
  pretendLinkedinPerson,
  pretendLinkedinCompany,
  pretendTiktok,
  pretendTiktokBusiness,
  pretendYoutube,
  pretendPinterest,
  pretendPds,
  pretendBlueskyOAuth,
]

/** The kind of a platform; undefined when it is not pretended. A kind that is not given is the default. */
export const findPretend = (platform: string, kind?: string | null): Pretend | undefined =>
  PRETENDS.find((pretend) => pretend.platform === platform && (kind == null || pretend.kind === kind))

import { blueskyAppPasswordTable } from './bluesky-app-password.ts'
import { blueskyOAuthTable } from './bluesky-oauth.ts'
import { facebookPageTable, instagramFacebookLoginTable } from './facebook-login.ts'
import { linkedinCompanyTable, linkedinPersonTable } from './linkedin.ts'
import { instagramLoginTable, threadsTable } from './long-lived-token.ts'
import { pinterestTable } from './pinterest.ts'
import type { Table } from './row.ts'
import { tiktokTable } from './tiktok.ts'
import { tiktokBusinessTable } from './tiktok-business.ts'
import { xTable } from './x.ts'
import { youtubeTable } from './youtube.ts'

/** The error tables of all kinds of accounts. */
export const TABLES: readonly Table[] = [
  instagramLoginTable,
  threadsTable,
  facebookPageTable,
  instagramFacebookLoginTable,
  xTable,
  linkedinPersonTable,
  linkedinCompanyTable,
  tiktokTable,
  tiktokBusinessTable,
  youtubeTable,
  pinterestTable,
  blueskyAppPasswordTable,
  blueskyOAuthTable,
]

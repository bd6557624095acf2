import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { blueskyAppPassword } from './bluesky-app-password.ts'
import { blueskyOAuth } from './bluesky-oauth.ts'
import { facebookPage, instagramFacebookLogin } from './facebook-login.ts'
import { linkedinCompany, linkedinPerson } from './linkedin.ts'
import { instagramLogin, threads } from './long-lived-token.ts'
import { pinterest } from './pinterest.ts'
import type { Strategy } from './strategy.ts'
import { tiktok } from './tiktok.ts'
import { tiktokBusiness } from './tiktok-business.ts'
import { x } from './x.ts'
import { youtube } from './youtube.ts'

/** Every kind of account that we can refresh. The first kind of a platform is its default. */
export const STRATEGIES: readonly Strategy[] = [
  instagramLogin,
  threads,
  facebookPage,
  instagramFacebookLogin,
  x,
  linkedinPerson,
  linkedinCompany,
  tiktok,
  tiktokBusiness,
  youtube,
  pinterest,
  blueskyAppPassword,
  blueskyOAuth,
]

/** The strategy for a credential, null when this version has none for it. A kind that is not given is the default. */
export function findStrategy(platform: string, kind: string | null): Strategy | null {
  const ofPlatform = STRATEGIES.filter((strategy) => strategy.platform === platform)
  return (kind === null ? ofPlatform[0] : ofPlatform.find((strategy) => strategy.kind === kind)) ?? null
}

/** Whether the settings have what requests of this kind need of our app. */
export function isConfigured({ app, needs }: Strategy, { apps }: Pick<Config, 'apps'>): boolean {
  return needs.every((member) => apps[app][member] !== null)
}

/** The apps of which we can refresh at least one kind of account with these settings. */
export function configuredApps(config: Pick<Config, 'apps'>): App[] {
  return [...new Set(STRATEGIES.filter((strategy) => isConfigured(strategy, config)).map(({ app }) => app))]
}

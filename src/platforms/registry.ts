import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { blueskyAppPassword } from './bluesky-app-password.ts'
import { instagramLogin } from './instagram-login.ts'
import type { Strategy } from './strategy.ts'
import { x } from './x.ts'

/** Every kind of account that we can refresh. The first kind of a platform is its default. */
export const STRATEGIES: readonly Strategy[] = [instagramLogin, x, blueskyAppPassword]

/** The strategy for a credential, null when this version has none for it. A kind that is not given is the default. */
export function findStrategy(platform: string, kind: string | null): Strategy | null {
  const ofPlatform = STRATEGIES.filter((strategy) => strategy.platform === platform)
  return (kind === null ? ofPlatform[0] : ofPlatform.find((strategy) => strategy.kind === kind)) ?? null
}

/** The apps whose accounts we can refresh with these settings. */
export function configuredApps({ apps }: Pick<Config, 'apps'>): App[] {
  const usable = STRATEGIES.filter(({ app, needsClientId }) => !needsClientId || apps[app].clientId !== null)
  return [...new Set(usable.map(({ app }) => app))]
}

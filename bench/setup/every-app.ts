import { ENCRYPTION_KEYS } from './keys.ts'

const CLIENTS = ['FACEBOOK', 'X', 'LINKEDIN', 'TIKTOK', 'TIKTOK_BUSINESS', 'YOUTUBE', 'PINTEREST']

/** Settings of a daemon that can refresh accounts of every app, so that it watches every queue. */
export const everyApp: Readonly<Record<string, string>> = {
  TOKEN_ENCRYPTION_KEYS: ENCRYPTION_KEYS,
  BLUESKY_CLIENT_ID: 'https://bench.example.com/client-metadata.json',
  ...Object.fromEntries(
    CLIENTS.flatMap((app) => [
      [`${app}_CLIENT_ID`, 'client'],
      [`${app}_CLIENT_SECRET`, 'secret'],
    ]),
  ),
}

-- What operators ask for: which key seals each credential, old keys of fingerprints, and accounts made due by hand.

-- In the order of a refresh, before any work: taken one by one, they would close a circle with refreshes that come meanwhile.
lock table refresh_schedule, account_credentials in access exclusive mode;

-- The name of the key stands in the first part of the sealed value (`vault.ts`). Kept by the database, so that whoever
-- stores a credential cannot forget it, and stays the same on a refresh, so that its index costs a refresh nothing.
-- Adding it rewrites the table: about 10 s for a million accounts, in which refreshes wait.
alter table account_credentials add column kid text generated always as (
  substring(
    encode(
      case
        when split_part(sealed, '.', 1) ~ '^[A-Za-z0-9_-]+$' and length(split_part(sealed, '.', 1)) % 4 <> 1
        then decode(
          translate(split_part(sealed, '.', 1), '-_', '+/') || repeat('=', (4 - length(split_part(sealed, '.', 1)) % 4) % 4),
          'base64')
      end,
      'escape')
    from '"kid":"([^"\\]+)"')
) stored;

create index account_credentials_kid on account_credentials (kid);

-- Sealed by a newer key: what an old key made of tokens, so that a used-up token is recognised after the old key is gone.
create table retired_fingerprint_keys (
  kid text primary key,
  sealed text not null
);

-- An operator has made the account due; the claim of the scan uses it up.
alter table refresh_schedule add column requested_at timestamptz;

-- The apps that the daemon which scanned last can refresh: whoever looks from elsewhere has other settings.
alter table scan_state add column apps text[];

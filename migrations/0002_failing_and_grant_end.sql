-- Since when and why an account fails in a row, and the day on which its grant ends whatever we do.

alter table refresh_schedule
  add column failing_since timestamptz,
  add column failing_code text,
  add column reconnect_by timestamptz;

update refresh_schedule s
set reconnect_by = case when s.renewable then c.refresh_token_expires_at else a.token_expires_at end
from account_credentials c join social_accounts a on a.id = c.account_id
where c.account_id = s.account_id;

-- Dead grants are rare: cheap to keep, and quick to count when many come at once.
create index refresh_attempts_dead on refresh_attempts (platform, started_at)
  where outcome in ('token_expired', 'revoked');

-- The line in which all daemons wait before a platform whose requests are limited: one row per app.
-- Unlogged, since it is written many times a second and holds nothing older than a second: after a crash the line is empty.

create unlogged table app_turns (
  app text primary key,
  next_at timestamptz not null,
  -- The platform was out and answers again since then: it is met by few at first, from all daemons together.
  restarted_at timestamptz
) with (fillfactor = 10);

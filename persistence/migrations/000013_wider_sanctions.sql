-- Additive: sanctions of guilds and of the whole service. The trail tells of which scope a line is, and rooms that have to learn of a
-- change stand in a list until they have.
alter table voice_moderation_events
  -- Of a room, a guild or the whole service.
  add column scope varchar(10) not null default 'room' check (scope in ('room', 'guild', 'global')),
  -- The guild's id, or `all`; null for a room, whose id is in room_id.
  add column scope_id varchar(36);

-- The history of a guild and of the whole service, newest first, page by page.
create index voice_moderation_events_scope_page on voice_moderation_events (scope, scope_id, timestamp desc, id desc)
  where scope <> 'room';

-- What stands in a guild or in the whole service, newest first, page by page.
create index voice_sanctions_wider on voice_sanctions (scope, scope_id, created_at desc, user_id, kind)
  where scope <> 'room' and lifted_at is null;

-- Users of whom a wider sanction changed, until every room where they have a seat knows it. Written with the sanction itself.
create table sanction_spread (
  user_id varchar(36) primary key,
  -- Counts up: whoever has told the rooms takes the row away only if nothing changed meanwhile.
  changes bigint not null default 1,
  changed_at timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_error text
);

-- Who is next.
create index sanction_spread_due on sanction_spread (next_attempt_at);

-- The rooms where a user has a seat.
create index voice_participants_seats on voice_participants (user_id) where status = 'active';

-- Additive: raids, their occurrences and who comes. docs/adr/0023 says why they are rows and not actors.

create table voice_raids (
  raid_id uuid primary key,
  creator_id varchar(36) not null,
  -- Null: a raid of everybody's.
  guild_id varchar(36),
  name varchar(100) not null,
  description text not null default '',
  -- Once, or by a rule: days, time and zone as the caller said them, with the day it counts from.
  once_at timestamptz,
  rule jsonb,
  duration_s integer not null check (duration_s > 0),
  opens_before_s integer not null check (opens_before_s >= 0),
  max_participants integer not null check (max_participants between 1 and 500),
  region varchar(50),
  -- [{role, slots}]; empty: any role.
  roles jsonb not null default '[]',
  status varchar(10) not null default 'active' check (status in ('active', 'paused', 'cancelled', 'over')),
  -- Counts up with every change that the workflows have to hear of.
  generation integer not null default 1,
  -- The start of the occurrence that is next or under way; of the last one where there is none any more.
  next_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((once_at is null) <> (rule is null))
);

-- What comes next, for everybody and for a guild, page by page.
create index voice_raids_next on voice_raids (next_at, raid_id) where status in ('active', 'paused');
create index voice_raids_guild_next on voice_raids (guild_id, next_at, raid_id) where guild_id is not null;
-- How many raids somebody has planned.
create index voice_raids_creator on voice_raids (creator_id) where status in ('active', 'paused');

-- Those that are near, under way, over or cancelled. What lies further ahead follows from the rule and has no row.
create table voice_raid_occurrences (
  raid_id uuid not null references voice_raids (raid_id),
  -- once, or the day of the rule.
  slot varchar(10) not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  status varchar(10) not null default 'planned'
    check (status in ('planned', 'opening', 'open', 'over', 'cancelled', 'missed', 'skipped')),
  -- Follows from raid and slot; whoever makes the room makes this one.
  room_id uuid not null,
  -- The room may be there: it was about to be made.
  made_at timestamptz,
  opened_at timestamptz,
  ended_at timestamptz,
  -- What the room was told last: the raid's generation, and the roles given there by user.
  synced integer not null default 0,
  given jsonb not null default '{}',
  primary key (raid_id, slot)
);

-- What the sweep looks through: occurrences that are not over.
create index voice_raid_occurrences_live on voice_raid_occurrences (starts_at, raid_id)
  where status in ('planned', 'opening', 'open');

create table voice_raid_signups (
  raid_id uuid not null references voice_raids (raid_id),
  -- Empty: every occurrence for which the user has said nothing else.
  slot varchar(10) not null,
  user_id varchar(36) not null,
  role varchar(32) not null,
  -- What it comes to in the room.
  room_role varchar(10) not null default 'member' check (room_role in ('moderator', 'member')),
  status varchar(10) not null check (status in ('going', 'declined')),
  at timestamptz not null,
  primary key (raid_id, slot, user_id)
);

-- Where somebody has signed up.
create index voice_raid_signups_user on voice_raid_signups (user_id, raid_id);

-- Commands that were carried out, by the Idempotency-Key they came under. Kept for two days.
create table voice_raid_commands (
  command_id text primary key,
  raid_id uuid not null,
  at timestamptz not null default now()
);
create index voice_raid_commands_at on voice_raid_commands (at);

-- What players are told of an occurrence, once each; gateways read what is new. Kept for two days.
create table voice_raid_notices (
  id bigint generated always as identity primary key,
  raid_id uuid not null references voice_raids (raid_id),
  slot varchar(10) not null,
  starts_at timestamptz not null,
  kind varchar(20) not null,
  at timestamptz not null default now(),
  unique (raid_id, slot, starts_at, kind)
);
create index voice_raid_notices_at on voice_raid_notices (at);

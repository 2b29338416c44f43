-- Additive: zones, and sanctions in them.
create table voice_zones (
  zone_id varchar(36) primary key,
  name varchar(100) not null,
  -- Whose moderators moderate in it; null for none.
  guild_id varchar(36),
  status varchar(10) not null check (status in ('open', 'closed')),
  width_m integer not null,
  height_m integer not null,
  players_max integer not null,
  -- Of the tick engine, and how far clients are believed, as protocol/zone/spec.ts has them.
  rules jsonb not null,
  authority jsonb not null,
  -- Into so many it is cut.
  regions integer not null,
  -- Counts up with every change.
  version integer not null,
  created_by varchar(36) not null,
  created_at timestamptz not null,
  closed_at timestamptz
);

-- Newest first, page by page; of a guild as well.
create index voice_zones_page on voice_zones (created_at desc, zone_id desc);
create index voice_zones_guild_page on voice_zones (guild_id, created_at desc, zone_id desc) where guild_id is not null;

-- What somebody made, for their export and their erasure.
create index voice_zones_created_by on voice_zones (created_by);

alter table voice_sanctions drop constraint voice_sanctions_scope_check;
alter table voice_sanctions
  add constraint voice_sanctions_scope_check check (scope in ('room', 'zone', 'guild', 'global'));
alter table voice_moderation_events drop constraint voice_moderation_events_scope_check;
alter table voice_moderation_events
  add constraint voice_moderation_events_scope_check check (scope in ('room', 'zone', 'guild', 'global'));

-- Additive: sanctions and their trail, recordings, invites. Evidence outlives the room: no cascade where it would be lost.

create table voice_moderation_events (
  id uuid primary key,
  -- Null for a guild or the whole service.
  room_id varchar(36) references voice_rooms (room_id) on delete restrict,
  moderator_id varchar(36) not null,
  target_user_id varchar(36) not null,
  action_type varchar(20) not null,
  reason text not null default '',
  timestamp timestamptz not null default now(),
  expires_at timestamptz,
  -- Seconds.
  duration integer,
  is_temporary boolean not null default false,
  is_reversible boolean not null default true,
  action_data jsonb not null default '{}',
  -- Link to recorded audio.
  evidence text
);

-- The history of a room.
create index voice_moderation_events_room_time on voice_moderation_events (room_id, timestamp);
-- What a moderator did.
create index voice_moderation_events_moderator on voice_moderation_events (moderator_id);
-- What was done to a user.
create index voice_moderation_events_target on voice_moderation_events (target_user_id);

-- One row for each sanction a user ever had in a scope; its latest generation.
create table voice_sanctions (
  scope varchar(10) not null check (scope in ('room', 'guild', 'global')),
  scope_id varchar(36) not null,
  user_id varchar(36) not null,
  kind varchar(10) not null check (kind in ('mute', 'deafen', 'ban')),
  generation integer not null check (generation >= 1),
  -- Null is permanent.
  until timestamptz,
  moderator_id varchar(36) not null,
  reason text not null default '',
  created_at timestamptz not null default now(),
  lifted_at timestamptz,
  lift_cause varchar(20),
  primary key (scope, scope_id, user_id, kind)
);

-- What is overdue, soonest first.
create index voice_sanctions_due on voice_sanctions (until) where lifted_at is null and until is not null;

create table voice_recordings (
  id uuid primary key,
  -- Unique, which is also the index on it.
  recording_id varchar(36) not null unique,
  room_id varchar(36) not null references voice_rooms (room_id) on delete restrict,
  initiator_id varchar(36) not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  duration interval,
  file_path text,
  file_format varchar(10) not null default 'opus',
  codec varchar(20) not null default 'opus',
  bitrate integer not null default 64000,
  sample_rate integer not null default 48000,
  file_size bigint,
  status varchar(20) not null default 'recording',
  title varchar(200),
  is_public boolean not null default false,
  allow_download boolean not null default true,
  has_transcription boolean not null default false,
  participants jsonb,
  metadata jsonb
);

-- A room's recordings in order.
create index voice_recordings_room_time on voice_recordings (room_id, started_at);
-- What a user recorded.
create index voice_recordings_initiator on voice_recordings (initiator_id);

create table voice_room_invites (
  id uuid primary key,
  -- Unique, which is also the index on it.
  invite_id varchar(36) not null unique,
  room_id varchar(36) not null references voice_rooms (room_id) on delete cascade,
  inviter_id varchar(36) not null,
  -- Null: whoever has the token.
  invitee_id varchar(36),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '24 hours',
  accepted_at timestamptz,
  rejected_at timestamptz,
  status varchar(20) not null default 'pending',
  message text,
  -- Never the token itself: its SHA-256 in hex. Unique, which is also the index on it.
  token varchar(64) not null unique check (token ~ '^[0-9a-f]{64}$'),
  require_auth boolean not null default true,
  is_temporary boolean not null default false,
  permissions jsonb,
  role varchar(20) not null default 'member' check (role in ('moderator', 'member')),
  max_uses integer not null default 1 check (max_uses >= 1),
  uses integer not null default 0 check (uses between 0 and max_uses)
);

-- A user's open invites.
create index voice_room_invites_invitee_status on voice_room_invites (invitee_id, status);
-- What runs out next.
create index voice_room_invites_expires on voice_room_invites (expires_at);

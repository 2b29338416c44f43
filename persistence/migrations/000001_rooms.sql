-- Additive: rooms, the people in them, and their WebRTC sessions.

create table voice_rooms (
  id uuid primary key,
  -- A room's only public id; the text form of a UUID. Unique, which is also the index on it.
  room_id varchar(36) not null unique,
  room_name varchar(100) not null,
  description text not null default '',
  owner_id varchar(36) not null,
  game_server_id varchar(36),
  guild_id varchar(36),
  region varchar(50),
  max_participants integer not null default 50 check (max_participants between 1 and 50000),
  -- Written with joins and leaves; the actor is the truth.
  current_participants integer not null default 0 check (current_participants >= 0),
  room_type varchar(20) not null default 'group'
    check (room_type in ('group', 'raid', 'guild', 'party', 'proximity', 'announcement')),
  audio_codec varchar(20) not null default 'opus',
  quality_preset varchar(10) not null default 'high' check (quality_preset in ('low', 'medium', 'high', 'ultra')),
  bitrate integer not null default 64000,
  status varchar(20) not null default 'active' check (status in ('active', 'closed')),
  is_private boolean not null default false,
  is_temporary boolean not null default false,
  is_moderated boolean not null default false,
  allow_recording boolean not null default false,
  -- Never the password itself: an Argon2id string or nothing.
  password text check (password like '$argon2id$%'),
  created_at timestamptz not null default now(),
  last_activity_at timestamptz not null default now(),
  scheduled_end_at timestamptz,
  settings jsonb not null default '{}',
  permissions jsonb not null default '{}',
  metadata jsonb not null default '{}'
);

-- "My rooms".
create index voice_rooms_owner_id on voice_rooms (owner_id);
-- Newest rooms of a status, page by page.
create index voice_rooms_status on voice_rooms (status, created_at desc, room_id desc);
-- Newest rooms of any status, page by page.
create index voice_rooms_newest on voice_rooms (created_at desc, room_id desc);
-- Rooms near a player.
create index voice_rooms_region on voice_rooms (region);

create table voice_participants (
  id uuid primary key,
  room_id varchar(36) not null references voice_rooms (room_id) on delete cascade,
  user_id varchar(36) not null,
  -- One row a seat; unique, which is also the index on it.
  session_id varchar(36) not null unique,
  username varchar(50) not null,
  role varchar(20) not null default 'member' check (role in ('owner', 'moderator', 'member')),
  status varchar(20) not null default 'active' check (status in ('active', 'left')),
  joined_at timestamptz not null default now(),
  last_activity timestamptz not null default now(),
  muted_until timestamptz,
  is_muted boolean not null default false,
  is_deafened boolean not null default false,
  is_speaking boolean not null default false,
  is_connected boolean not null default false,
  is_authenticated boolean not null default true,
  push_to_talk boolean not null default false,
  volume_level decimal(3, 2) not null default 1.0,
  x decimal(10, 2),
  y decimal(10, 2),
  z decimal(10, 2),
  bitrate integer,
  packets_sent integer not null default 0,
  packets_lost integer not null default 0,
  user_agent text,
  ip_address inet,
  capabilities jsonb,
  stats jsonb
);

-- Who is in a room, and where a user is.
create index voice_participants_room_user on voice_participants (room_id, user_id);

create table webrtc_sessions (
  id uuid primary key,
  -- Written before anything that refers to it; unique, which is also the index on it.
  session_id varchar(36) not null unique,
  room_id varchar(36) not null references voice_rooms (room_id) on delete cascade,
  user_id varchar(36) not null,
  status varchar(20) not null default 'new',
  connection_type varchar(20),
  ice_transport varchar(20) not null default 'DTLS-SRTP',
  dtls_role varchar(10) not null default 'client',
  created_at timestamptz not null default now(),
  connected_at timestamptz,
  disconnected_at timestamptz,
  local_port integer,
  remote_port integer,
  bytes_sent bigint not null default 0,
  bytes_received bigint not null default 0,
  local_sdp jsonb,
  remote_sdp jsonb,
  ice_candidates jsonb,
  connection_stats jsonb,
  is_initiator boolean not null default false,
  has_audio boolean not null default true,
  has_video boolean not null default false,
  dtls_fingerprint boolean not null default true
);

-- The sessions of a user in a room.
create index webrtc_sessions_room_user on webrtc_sessions (room_id, user_id);

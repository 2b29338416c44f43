-- Additive: the two high-rate tables. This version does not write them; their partitions come with their writers.

create table signaling_messages (
  id uuid primary key,
  session_id varchar(36) not null references webrtc_sessions (session_id) on delete cascade,
  from_user varchar(36) not null,
  to_user varchar(36) not null,
  message_type varchar(20) not null
    check (message_type in ('offer', 'answer', 'candidate', 'end_of_candidates', 'renegotiate', 'ice_restart')),
  sdp text,
  candidate text,
  candidate_type varchar(10),
  sequence_number integer not null default 0,
  timestamp timestamptz not null default now(),
  is_reliable boolean not null default true,
  metadata jsonb
);

-- The exchange of one session in order.
create index signaling_messages_session_time on signaling_messages (session_id, timestamp);
-- The exchange of one pair.
create index signaling_messages_pair on signaling_messages (from_user, to_user);

create table voice_quality_metrics (
  id uuid primary key,
  room_id varchar(36) not null references voice_rooms (room_id) on delete cascade,
  user_id varchar(36) not null,
  session_id varchar(36) not null references webrtc_sessions (session_id) on delete cascade,
  timestamp timestamptz not null default now(),
  jitter_ms integer,
  packets_lost integer,
  packets_sent integer,
  bytes_sent bigint,
  round_trip_time decimal(8, 3),
  packet_loss_rate decimal(5, 4),
  audio_level decimal(3, 2),
  quality_score decimal(3, 2),
  codec_used varchar(20),
  network_type varchar(20),
  has_issues boolean not null default false,
  codec_stats jsonb,
  network_stats jsonb
);

-- A room's quality over time.
create index voice_quality_metrics_room_time on voice_quality_metrics (room_id, timestamp);
-- A user's quality over time.
create index voice_quality_metrics_user_time on voice_quality_metrics (user_id, timestamp);
-- The worst first.
create index voice_quality_metrics_score on voice_quality_metrics (quality_score);

-- Takes away and makes again, by day: the two high-rate tables, which no version has written yet. Adds the rollups of quality.

drop table signaling_messages;
drop table voice_quality_metrics;

-- A part a day, made ahead and dropped whole by the janitor; what fits none goes to the default part, and is moved out of it.
create table signaling_messages (
  id uuid not null,
  session_id varchar(36) not null references webrtc_sessions (session_id) on delete cascade,
  from_user varchar(36) not null,
  to_user varchar(36) not null,
  message_type varchar(20) not null
    check (message_type in ('offer', 'answer', 'candidate', 'end_of_candidates', 'renegotiate', 'ice_restart')),
  -- Both only where VOICE_STORE_SIGNALING=full: they hold addresses.
  sdp text,
  candidate text,
  candidate_type varchar(10) check (candidate_type in ('host', 'srflx', 'prflx', 'relay')),
  sequence_number integer not null default 0,
  timestamp timestamptz not null default now(),
  is_reliable boolean not null default true,
  metadata jsonb,
  primary key (id, timestamp)
) partition by range (timestamp);

create table signaling_messages_default partition of signaling_messages default;

-- The exchange of one session in order; the cascade of a session.
create index signaling_messages_session_time on signaling_messages (session_id, timestamp);
-- The exchange of one pair.
create index signaling_messages_pair on signaling_messages (from_user, to_user);

create table voice_quality_metrics (
  id uuid not null,
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
  quality_score decimal(3, 2) not null check (quality_score between 0 and 1),
  codec_used varchar(20),
  network_type varchar(20),
  has_issues boolean not null default false,
  codec_stats jsonb,
  network_stats jsonb,
  primary key (id, timestamp)
) partition by range (timestamp);

create table voice_quality_metrics_default partition of voice_quality_metrics default;

-- A room's quality over time.
create index voice_quality_metrics_room_time on voice_quality_metrics (room_id, timestamp);
-- A user's quality over time.
create index voice_quality_metrics_user_time on voice_quality_metrics (user_id, timestamp);
-- The worst first.
create index voice_quality_metrics_score on voice_quality_metrics (quality_score);
-- The cascade of a session.
create index voice_quality_metrics_session on voice_quality_metrics (session_id);

-- Seats that have gone since, and sessions whose time is over.
create index webrtc_sessions_open on webrtc_sessions (session_id) where disconnected_at is null;
create index webrtc_sessions_gone on webrtc_sessions (disconnected_at);

-- Minutes and hours whose rollups are out of date. A write counts up `writes`; a mark goes only if nobody wrote meanwhile.
create table voice_quality_pending (
  width varchar(6) not null check (width in ('minute', 'hour')),
  bucket timestamptz not null,
  writes bigint not null default 1,
  due_at timestamptz not null,
  primary key (width, bucket)
);

create table voice_quality_rollups (
  scope varchar(6) not null check (scope in ('room', 'region')),
  -- A room id, or the region of rooms: empty for rooms without one.
  scope_id varchar(50) not null,
  width varchar(6) not null check (width in ('minute', 'hour')),
  bucket timestamptz not null,
  samples bigint not null,
  issues bigint not null,
  score_p05 decimal(3, 2) not null,
  score_p50 decimal(3, 2) not null,
  score_p95 decimal(3, 2) not null,
  -- Each mean is of the reports that have the figure; null where none has.
  loss_mean double precision,
  loss_samples bigint not null,
  jitter_mean_ms double precision,
  jitter_samples bigint not null,
  round_trip_mean_ms double precision,
  round_trip_samples bigint not null,
  -- Every score there was, in hundredths, and how often: what makes percentiles of an hour out of those of its minutes.
  score_values smallint[] not null,
  score_counts bigint[] not null,
  primary key (scope, scope_id, width, bucket)
);

-- All regions over a time; what is too old.
create index voice_quality_rollups_bucket on voice_quality_rollups (width, bucket, scope);

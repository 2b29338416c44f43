-- Additive: endpoints that events are sent to, and what is to be sent to each of them.

create table webhook_endpoints (
  id uuid primary key,
  url text not null check (url ~ '^https?://'),
  description text not null default '',
  -- Empty: of every type.
  events text[] not null default '{}',
  -- Null: of every room; of every guild.
  room_id varchar(36),
  guild_id varchar(36),
  enabled boolean not null default true,
  -- When it was enabled last: what came before does not count against the bound of what may wait for it.
  enabled_at timestamptz not null default now(),
  disabled_cause varchar(20) check (disabled_cause in ('by_hand', 'gone', 'failing', 'queue_full')),
  -- The secret itself stands nowhere: it follows from the endpoint, this number and VOICE_WEBHOOK_KEY.
  secret_version integer not null default 1 check (secret_version >= 1),
  -- Until then the version before signs, too.
  previous_secret_until timestamptz,
  -- The command that made the version in force, so that one that is repeated makes no other.
  rotated_by_command text,
  created_by varchar(36) not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Attempts that failed since the last one that did not, and when they began.
  failures_in_row integer not null default 0,
  failing_since timestamptz,
  -- Nothing is sent before.
  rest_until timestamptz not null default '-infinity',
  check (enabled = (disabled_cause is null))
);

-- A part a day, as of signaling_messages: made ahead and dropped whole by the janitor.
create table webhook_deliveries (
  id uuid not null default gen_random_uuid(),
  -- When it was put here, by this database's clock.
  timestamp timestamptz not null default now(),
  -- No foreign key: appends would pay for it, and a delivery without its endpoint is never taken up.
  endpoint_id uuid not null,
  message_id text not null,
  type varchar(40) not null,
  room_id varchar(36),
  -- The very bytes that are sent and signed.
  body text not null,
  state varchar(10) not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  -- Until then a relay has it in hand. One that died lets it go with time.
  claimed_until timestamptz,
  last_status smallint,
  last_error varchar(40),
  last_took_ms integer,
  last_attempt_at timestamptz,
  primary key (id, timestamp)
) partition by range (timestamp);

create table webhook_deliveries_default partition of webhook_deliveries default;

-- What is due for an endpoint, longest first.
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at) where state = 'waiting';
-- What of an endpoint is under way.
create index webhook_deliveries_claimed on webhook_deliveries (endpoint_id)
  where state = 'waiting' and claimed_until is not null;
-- An endpoint's deliveries, newest first, page by page.
create index webhook_deliveries_page on webhook_deliveries (endpoint_id, timestamp desc, id desc);

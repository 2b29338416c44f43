-- Additive: the engine's tables. They know actors by an opaque key and refer to no room.

-- Who owns an actor, and above all at which epoch. Every append locks its row FOR SHARE; a takeover updates it.
create table actor_owner (
  actor_key text primary key,
  epoch bigint not null check (epoch >= 1),
  process text not null,
  incarnation text not null,
  claimed_at timestamptz not null default now()
);

-- One row a durable command. The primary key is the order; it is also how a tail is read.
create table actor_journal (
  actor_key text not null,
  seq bigint not null check (seq >= 1),
  epoch bigint not null,
  command_id text not null,
  at timestamptz not null,
  events jsonb not null,
  reply jsonb,
  primary key (actor_key, seq),
  -- A command is carried out once, whoever forgets that it was.
  constraint actor_journal_command unique (actor_key, command_id)
);

create table actor_snapshot (
  actor_key text primary key,
  seq bigint not null,
  epoch bigint not null,
  body jsonb not null,
  taken_at timestamptz not null default now()
);

-- What committed state still has to tell Temporal.
create table outbox (
  id bigint generated always as identity primary key,
  -- The workflow id.
  key text not null,
  kind text not null,
  generation integer not null,
  message jsonb not null,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  -- Delivered, or overtaken by a newer row of the same key.
  sent_at timestamptz,
  superseded boolean not null default false,
  last_error text
);

-- The queue: only what is not sent, in the order in which it falls due.
create index outbox_unsent on outbox (next_attempt_at, id) where sent_at is null;
-- The other unsent rows of one key: only the newest is sent.
create index outbox_unsent_key on outbox (key, id) where sent_at is null;

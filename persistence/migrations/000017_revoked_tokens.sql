-- Tokens that are taken no more before they expire. Gateways keep the rows in memory and read what is new by `no`.
create table voice_revoked_tokens (
  no bigint generated always as identity primary key,
  -- `token`: the one whose `jti` this is. `user`: all of that user that were issued before.
  kind varchar(8) not null check (kind in ('token', 'user')),
  value varchar(128) not null,
  issued_before timestamptz not null,
  -- No token it speaks of lives longer; then the row may go.
  until timestamptz not null,
  revoked_by varchar(36) not null,
  revoked_at timestamptz not null
);

create index voice_revoked_tokens_until on voice_revoked_tokens (until);

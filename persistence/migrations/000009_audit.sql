-- Additive: the audit log. Rows are added and never changed; each holds the hash of the one before it in its chain, so that whoever
-- changes, removes or moves one is found out. docs/adr/0012 says why it is made like this.

create table voice_audit (
  -- Whose trail it is: the actor's key, as room:<uuid>. Byte order, so that every program walks the chains in the same order.
  chain text collate "C" not null check (chain <> ''),
  -- 1, 2, 3 … in its chain, given by the trigger below.
  seq bigint not null,
  -- When it was decided, by the clock of whoever decided; whole milliseconds.
  at timestamptz not null,
  -- When it was written down, by this database's clock; whole milliseconds.
  recorded_at timestamptz not null,
  action varchar(40) not null check (action ~ '^[a-z_]+(\.[a-z_]+)+$'),
  room_id varchar(36) references voice_rooms (room_id) on delete restrict,
  guild_id varchar(36),
  -- Everything that speaks of people. Both are null once it was erased; what is left is the commitment.
  body jsonb,
  salt bytea,
  commitment bytea not null check (octet_length(commitment) = 32),
  prev_hash bytea not null,
  hash bytea not null,
  actor_user varchar(36) generated always as (body ->> 'actor_user') stored,
  target_user varchar(36) generated always as (body ->> 'target_user') stored,
  primary key (chain, seq),
  check ((body is null) = (salt is null))
);

-- Newest first, over everything; and what was written since the last checkpoint.
create index voice_audit_newest on voice_audit (recorded_at, chain, seq);
-- The trail of a room, newest first.
create index voice_audit_room on voice_audit (room_id, recorded_at, chain, seq);
-- What someone did.
create index voice_audit_actor on voice_audit (actor_user, recorded_at, chain, seq) where actor_user is not null;
-- What was done to someone.
create index voice_audit_target on voice_audit (target_user, recorded_at, chain, seq) where target_user is not null;

-- Numbers and links a new row. The lock is per chain and lasts as long as the transaction: no two rows follow the same one,
-- whoever writes. Version 1 of the bytes that are hashed; persistence/audit/chain.ts makes the same.
create function voice_audit_link() returns trigger language plpgsql as $$
declare
  last record;
begin
  perform pg_advisory_xact_lock(hashtextextended('voice_audit:' || new.chain, 0));
  select seq, hash, recorded_at into last from voice_audit where chain = new.chain order by seq desc limit 1;
  new.seq := coalesce(last.seq, 0) + 1;
  new.prev_hash := coalesce(last.hash, sha256(convert_to(new.chain, 'UTF8')));
  new.at := date_trunc('milliseconds', new.at);
  new.recorded_at := date_trunc('milliseconds', clock_timestamp());
  new.hash := sha256(new.prev_hash || new.commitment || convert_to(concat_ws(E'\n', '1', new.seq,
    (extract(epoch from new.at) * 1000)::bigint, (extract(epoch from new.recorded_at) * 1000)::bigint,
    new.action, coalesce('=' || new.room_id, ''), coalesce('=' || new.guild_id, '')), 'UTF8'));
  return new;
end $$;

create trigger voice_audit_links before insert on voice_audit for each row execute function voice_audit_link();

-- The one change there is: body and salt go, together, and everything else stays as it is.
create function voice_audit_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and tg_level = 'ROW' then
    if old.body is not null and new.body is null and new.salt is null
       and (new.chain, new.seq, new.at, new.recorded_at, new.action, new.commitment, new.prev_hash, new.hash)
         = (old.chain, old.seq, old.at, old.recorded_at, old.action, old.commitment, old.prev_hash, old.hash)
       and new.room_id is not distinct from old.room_id and new.guild_id is not distinct from old.guild_id then
      return new;
    end if;
  end if;
  raise exception 'the audit log is only added to' using errcode = 'restrict_violation';
end $$;

create trigger voice_audit_keeps before update or delete on voice_audit for each row execute function voice_audit_keep();
create trigger voice_audit_keeps_all before truncate on voice_audit for each statement execute function voice_audit_keep();

-- Witnesses of the chains' ends: without them nobody would miss rows that were cut off the end of a chain.
create table voice_audit_checkpoint (
  no bigint primary key check (no >= 1),
  at timestamptz not null,
  -- Whatever was written down before this moment, it or an earlier one witnesses.
  covers_until timestamptz not null,
  -- How many ends of chains it witnesses.
  heads integer not null,
  -- Over those ends.
  root bytea not null,
  -- Over all of this and the hash of the checkpoint before; the log of the relay says it too.
  prev_hash bytea not null,
  hash bytea not null
);

create table voice_audit_checkpoint_head (
  chain text collate "C" not null,
  seq bigint not null,
  hash bytea not null,
  checkpoint bigint not null references voice_audit_checkpoint (no),
  primary key (chain, seq)
);

-- The ends that one checkpoint witnesses, in the order in which they are hashed.
create index voice_audit_checkpoint_head_of on voice_audit_checkpoint_head (checkpoint, chain);

create trigger voice_audit_checkpoint_keeps before update or delete or truncate on voice_audit_checkpoint
  for each statement execute function voice_audit_keep();
create trigger voice_audit_checkpoint_head_keeps before update or delete or truncate on voice_audit_checkpoint_head
  for each statement execute function voice_audit_keep();

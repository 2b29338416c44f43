-- Additive: snapshots are packed, and carry a checksum. What was stored as JSON before is still read, until its actor's next one.
alter table actor_snapshot
  alter column body drop not null,
  add column packed bytea,
  add constraint actor_snapshot_one_form check (num_nonnulls(body, packed) = 1);

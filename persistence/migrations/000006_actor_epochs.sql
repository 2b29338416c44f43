-- Additive: who was given each epoch of an actor. Written with the fence itself; it decides nothing, it is there to be looked at.
-- The incarnation is in the key so that two owners of one epoch, which must never be, would stand here and not hide each other.
create table actor_epoch (
  actor_key text not null,
  epoch bigint not null,
  process text not null,
  incarnation text not null,
  -- claimed: loaded by a node; handed: given by its last owner; guest: a write of a process that took no part in the room's life.
  cause text not null check (cause in ('claimed', 'handed', 'guest')),
  claimed_at timestamptz not null default now(),
  primary key (actor_key, epoch, incarnation)
);

-- Additive: rows of the outbox may be held, and invites that are over are told by one of their clocks.
alter table outbox add column held_until timestamptz;

-- Which change of closes_at the room's workflow was told last.
alter table voice_rooms add column end_generation integer not null default 0;

-- Invites that wait for their end, soonest first.
create index voice_room_invites_due on voice_room_invites (expires_at, invite_id) where status = 'pending';

-- What closed rooms have left standing: nothing of it is in force, and no clock may wait for it.
update voice_room_invites as invite
   set status = 'revoked'
  from voice_rooms as room
 where room.room_id = invite.room_id and room.status = 'closed' and invite.status = 'pending';
update voice_sanctions as sanction
   set lifted_at = room.last_activity_at, lift_cause = 'room_closed'
  from voice_rooms as room
 where sanction.scope = 'room' and sanction.scope_id = room.room_id and room.status = 'closed'
   and sanction.lifted_at is null and sanction.until is not null;

-- Additive: what retention goes through, found without reading all that is kept.

-- Entries lie in the order in which they were written.
create index actor_journal_at on actor_journal using brin (at);

-- Seats that were given up, the longest ago first.
create index voice_participants_left on voice_participants (last_activity) where status = 'left';

-- Invites that are over.
create index voice_room_invites_over on voice_room_invites (expires_at) where status <> 'pending';

-- Closed rooms of which roles are still kept.
create index voice_rooms_closed on voice_rooms (last_activity_at) where status = 'closed';

-- A snapshot that was found to be none: the journal before it is kept. A later snapshot is another one.
alter table actor_snapshot add column is_damaged boolean not null default false;

-- Additive: when a room closes by itself unless something comes between; written by its actor with whatever changes it.
alter table voice_rooms add column closes_at timestamptz;

update voice_rooms set closes_at = scheduled_end_at where status = 'active' and scheduled_end_at is not null;

-- What is overdue, longest first. A room without an end is not in it, so its joins and leaves stay cheap.
create index voice_rooms_closes_at on voice_rooms (closes_at, room_id) where status = 'active' and closes_at is not null;

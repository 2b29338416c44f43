-- Additive: rooms into which those who lead another one may speak. docs/adr/0025.

-- No foreign key: a room may outlive its parent, and retention takes each in its own time.
alter table voice_rooms add column parent_room_id varchar(36);

-- The rooms that one may speak into from another one.
create index voice_rooms_parent on voice_rooms (parent_room_id, created_at desc, room_id desc)
  where parent_room_id is not null;

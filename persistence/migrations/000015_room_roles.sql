-- Additive: the roles that were given in rooms and outlive a seat, for lists of what a user may see. The room's actor decides by its own.
create table voice_room_roles (
  room_id varchar(36) not null references voice_rooms (room_id) on delete cascade,
  user_id varchar(36) not null,
  role varchar(20) not null check (role in ('moderator', 'member')),
  primary key (room_id, user_id)
);

-- The rooms where a user has a role.
create index voice_room_roles_user on voice_room_roles (user_id, room_id);

-- What was given before is in the journal.
insert into voice_room_roles (room_id, user_id, role)
with told as (
  select substr(actor_key, length('room:') + 1) as room_id, seq, nr, event
    from actor_journal, jsonb_array_elements(events) with ordinality as told (event, nr)
   where actor_key like 'room:%' and event ->> 'type' in ('role.changed', 'invite.accepted', 'ownership.transferred')),
given as (
  select room_id, seq, nr, event ->> 'user_id' as user_id, event ->> 'role' as role
    from told
   where event ->> 'type' <> 'ownership.transferred'
   union all
  select room_id, seq, nr, event ->> 'from_user_id', 'moderator'
    from told
   where event ->> 'type' = 'ownership.transferred'
   union all
  select room_id, seq, nr, event ->> 'to_user_id', null
    from told
   where event ->> 'type' = 'ownership.transferred'),
latest as (
  select distinct on (room_id, user_id) room_id, user_id, role
    from given
   order by room_id, user_id, seq desc, nr desc)
select room_id, user_id, role
  from latest
  join voice_rooms using (room_id)
 where role is not null;

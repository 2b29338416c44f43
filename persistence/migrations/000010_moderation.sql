-- Additive: a room may be muted as a whole; histories are read page by page; what stands on a user is found by the user.
alter table voice_sanctions drop constraint voice_sanctions_kind_check;
alter table voice_sanctions
  add constraint voice_sanctions_kind_check check (kind in ('mute', 'deafen', 'ban', 'mute_all'));

-- The sanctions in force on a user, in whatever scope.
create index voice_sanctions_in_force on voice_sanctions (user_id) where lifted_at is null;

-- The histories of a room and of a user, newest first, page by page. They take the place of indexes that only begin like them.
create index voice_moderation_events_room_page on voice_moderation_events (room_id, timestamp desc, id desc);
create index voice_moderation_events_target_page on voice_moderation_events (target_user_id, timestamp desc, id desc);
drop index voice_moderation_events_target;

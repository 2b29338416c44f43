-- Additive: rooms by the beginning of their name, and those of a guild or a game server. A plain b-tree, since extensions are not to be
-- had on every managed Postgres.
create index voice_rooms_name on voice_rooms (lower(room_name) text_pattern_ops);
create index voice_rooms_guild on voice_rooms (guild_id) where guild_id is not null;
create index voice_rooms_game_server on voice_rooms (game_server_id) where game_server_id is not null;

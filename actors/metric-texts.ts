/** What the actors count and gauge, as Prometheus shows it. Keys are the names that the definitions use. */
export const actorMetricTexts = {
  counters: {
    rooms_created: { name: 'voice_chat_rooms_created_total', help: 'Rooms made.' },
    participants_joined: { name: 'voice_chat_participants_joined_total', help: 'Seats taken.' },
    wider_sanctions_applied: {
      name: 'voice_chat_wider_sanctions_applied_total',
      help: 'Sanctions of a guild or of the whole service that were put on, renewed ones included.',
    },
    zones_created: { name: 'voice_chat_zones_created_total', help: 'Zones made.' },
    region_cuts: { name: 'voice_chat_zone_region_cuts_total', help: 'Regions of zones that were cut in two.' },
    region_mergers: {
      name: 'voice_chat_zone_region_mergers_total',
      help: 'Pairs of regions of zones that became one.',
    },
    zone_sanctions_applied: {
      name: 'voice_chat_zone_sanctions_applied_total',
      help: 'Sanctions of one zone that were put on, renewed ones included.',
    },
  },
  gauges: {
    active_rooms: { name: 'voice_chat_active_rooms', help: 'Rooms in memory that are not closed.' },
    active_participants: { name: 'voice_chat_active_participants', help: 'Seats in rooms in memory.' },
    wider_sanctions: {
      name: 'voice_chat_wider_sanctions',
      help: 'Sanctions in force of the guilds whose actor is in memory, and of the whole service.',
    },
    zones: { name: 'voice_chat_zones', help: 'Zones whose root is in memory, and that are not closed.' },
    zone_regions: { name: 'voice_chat_zone_regions', help: 'Regions into which those zones are cut.' },
    zone_watchers: { name: 'voice_chat_zone_watchers', help: 'Gateway processes that watch those zones.' },
    zone_shards: { name: 'voice_chat_zone_shards', help: 'Regions of zones in memory.' },
    zone_players: { name: 'voice_chat_zone_players', help: 'Players of regions in memory.' },
    zone_ghosts: {
      name: 'voice_chat_zone_ghosts',
      help: 'Players of other regions who are heard in a region of this node, once for each.',
    },
    zone_hand_offs_under_way: {
      name: 'voice_chat_zone_hand_offs_under_way',
      help: 'Players whom a region of this node made ready for, or has handed on within the last seconds.',
    },
    zone_shards_relieved: {
      name: 'voice_chat_zone_shards_relieved',
      help: 'Regions that do less than they should, since their ticks are too dear.',
    },
    zone_positions_taken: {
      name: 'voice_chat_zone_positions_taken',
      help: 'Places of players that counted, in the regions that are in memory, since each came there.',
    },
    zone_positions_refused: {
      name: 'voice_chat_zone_positions_refused',
      help: 'Places that did not count, since they were too fast, too far or leapt too soon; in the same way.',
    },
    zone_positions_unknown: {
      name: 'voice_chat_zone_positions_unknown',
      help: 'Places for somebody who is no longer where they were sent to; in the same way.',
    },
    zone_datagrams_refused: {
      name: 'voice_chat_zone_datagrams_refused',
      help: 'Datagrams to regions that were not what any process sends; in the same way.',
    },
    zone_tick_ms_per_second: {
      name: 'voice_chat_zone_tick_ms_per_second',
      help: 'Of each second, what the ticks of all regions of this node take, ms. They share one thread.',
    },
  },
} as const

/** What the actors count and gauge, as Prometheus shows it. Keys are the names that the definitions use. */
export const actorMetricTexts = {
  counters: {
    rooms_created: { name: 'voice_chat_rooms_created_total', help: 'Rooms made.' },
    participants_joined: { name: 'voice_chat_participants_joined_total', help: 'Seats taken.' },
    wider_sanctions_applied: {
      name: 'voice_chat_wider_sanctions_applied_total',
      help: 'Sanctions of a guild or of the whole service that were put on, renewed ones included.',
    },
  },
  gauges: {
    active_rooms: { name: 'voice_chat_active_rooms', help: 'Rooms in memory that are not closed.' },
    active_participants: { name: 'voice_chat_active_participants', help: 'Seats in rooms in memory.' },
    wider_sanctions: {
      name: 'voice_chat_wider_sanctions',
      help: 'Sanctions in force of the guilds whose actor is in memory, and of the whole service.',
    },
  },
} as const

import { randomUUID } from 'node:crypto'
import { target } from '../matrix/people.ts'
import type { Scene } from '../matrix/stage.ts'
import type { KnownIds } from './arbitraries.ts'

/** Ids of a room and its people, with the room far more often than a session. */
export const knownOf = ({ roomId, sessions }: Scene): KnownIds => ({
  uuids: [...Array.from({ length: 20 }, () => roomId), ...sessions.values(), randomUUID()],
  users: [...sessions.keys(), target, target, 'banned', 'nobody'],
})

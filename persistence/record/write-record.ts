import type pg from 'pg'
import type { RecordWrite } from '../record-writes.ts'
import { putOutbox } from './put-outbox.ts'
import { markLeft, markMuted, putParticipants } from './put-participants.ts'
import { noteActivity, putRooms } from './put-rooms.ts'
import { addModerationEvents, markLifted, putSanctions } from './put-sanctions.ts'
import type { WritesOf } from './rows.ts'
import { inStretches } from './stretches.ts'

/** Writes the rows of a whole batch of entries, mostly one statement a kind, with the effect of their own order. */
export async function writeRecord(client: pg.ClientBase, writes: readonly RecordWrite[]): Promise<void> {
  for (const stretch of inStretches(writes)) await writeStretch(client, stretch)
}

/**
 * The order of the kinds gives what the writes' own order would give: rows come before what refers to or changes them, each
 * put carries the full state of its row as of its entry, and a lift names the generation it means. Where that is not enough
 * the stretch ends (stretches.ts).
 */
async function writeStretch(client: pg.ClientBase, writes: readonly RecordWrite[]): Promise<void> {
  await putRooms(client, of(writes, 'room.put'))
  await noteActivity(client, of(writes, 'room.activity'))
  await putParticipants(client, of(writes, 'participant.put'))
  await markMuted(client, of(writes, 'participant.mute'))
  await markLeft(client, of(writes, 'participant.left'))
  await putSanctions(client, of(writes, 'sanction.put'))
  await markLifted(client, of(writes, 'sanction.lifted'))
  await addModerationEvents(client, of(writes, 'moderation.event'))
  await putOutbox(client, of(writes, 'outbox'))
}

const of = <Kind extends RecordWrite['write']>(writes: readonly RecordWrite[], kind: Kind): WritesOf<Kind> =>
  writes.filter((write): write is Extract<RecordWrite, { write: Kind }> => write.write === kind)

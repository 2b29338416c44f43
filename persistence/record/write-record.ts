import type pg from 'pg'
import type { RecordWrite } from '../record-writes.ts'
import { putAudit } from './put-audit.ts'
import { countInviteUses, endInvites, putInvites } from './put-invites.ts'
import { putOutbox } from './put-outbox.ts'
import { markDeafened, markLeft, markMuted, putGivenRoles, putParticipants, setRoles } from './put-participants.ts'
import { noteActivity, noteEnds, putRooms } from './put-rooms.ts'
import { addModerationEvents, markLifted, putSanctions } from './put-sanctions.ts'
import { putWebhooks } from './put-webhooks.ts'
import { putZones } from './put-zones.ts'
import type { WritesOf } from './rows.ts'
import { inStretches } from './stretches.ts'
import { checkKnown, holdUsers, spreadSanctions } from './wider-sanctions.ts'

/**
 * Writes the rows of a whole batch of entries, mostly one statement a kind, with the effect of their own order. The statements
 * leave together and Postgres takes them one after another; after one that fails it refuses the rest of the transaction.
 */
export async function writeRecord(client: pg.ClientBase, writes: readonly RecordWrite[]): Promise<void> {
  await Promise.all([
    holdUsers(client, writes),
    // In front of the batch's own changes: they stand only once it is committed, as what is checked does.
    checkKnown(client, of(writes, 'sanctions.known')),
    ...inStretches(writes).flatMap((stretch) => writeStretch(client, stretch)),
    spreadSanctions(client, of(writes, 'sanction.spread')),
  ])
}

/**
 * The order of the kinds gives what the writes' own order would give: rows come before what refers to or changes them, each
 * put carries the full state of its row as of its entry, and a lift names the generation it means. Where that is not enough
 * the stretch ends (stretches.ts).
 */
const writeStretch = (client: pg.ClientBase, writes: readonly RecordWrite[]): Promise<void>[] => [
  putRooms(client, of(writes, 'room.put')),
  noteActivity(client, of(writes, 'room.activity')),
  noteEnds(client, of(writes, 'room.end')),
  putParticipants(client, of(writes, 'participant.put')),
  setRoles(client, of(writes, 'participant.role')),
  putGivenRoles(client, of(writes, 'participant.role')),
  markMuted(client, of(writes, 'participant.mute')),
  markDeafened(client, of(writes, 'participant.deafen')),
  markLeft(client, of(writes, 'participant.left')),
  putZones(client, of(writes, 'zone.put')),
  putSanctions(client, of(writes, 'sanction.put')),
  markLifted(client, of(writes, 'sanction.lifted')),
  addModerationEvents(client, of(writes, 'moderation.event')),
  putInvites(client, of(writes, 'invite.put')),
  countInviteUses(client, of(writes, 'invite.used')),
  endInvites(client, of(writes, 'invite.ended')),
  putAudit(client, of(writes, 'audit')),
  putOutbox(client, of(writes, 'outbox')),
  putWebhooks(client, of(writes, 'webhook')),
]

const of = <Kind extends RecordWrite['write']>(writes: readonly RecordWrite[], kind: Kind): WritesOf<Kind> =>
  writes.filter((write): write is Extract<RecordWrite, { write: Kind }> => write.write === kind)

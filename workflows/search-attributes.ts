import type { Connection } from '@temporalio/client'
import type { SearchAttributePair } from '@temporalio/common'
import { searchAttributes, type OutboxMessage } from '../protocol/workflows.ts'

/** A namespace without them is asked again after so long: somebody may have registered them, ms. */
const askAgainMs = 60_000

/** By what the workflow that this message starts is found; none for a message that starts none of the clocks. */
export function attributesOf(message: OutboxMessage): SearchAttributePair[] {
  const { room, kind, dueAt } = searchAttributes
  const about = (what: string, roomId: string | null, atMs: number): SearchAttributePair[] => [
    { key: kind, value: what },
    { key: dueAt, value: new Date(atMs) },
    ...(roomId === null ? [] : [{ key: room, value: roomId } as const]),
  ]
  switch (message.kind) {
    case 'sanction.set':
      return about(message.ref.kind, message.ref.scope === 'room' ? message.ref.scopeId : null, message.untilMs)
    case 'room_end.set':
      return message.atMs === null ? [] : about('room', message.roomId, message.atMs)
    case 'invite.set':
      return about('invite', message.roomId, message.atMs)
    case 'sanction.ended':
    case 'invite.ended':
    case 'person.erase':
    case 'person.export':
    case 'recording.finalise':
    case 'raid.occurrence':
    case 'raid.series':
      return []
  }
}

/**
 * Whether the namespace knows our search attributes: a start that names unknown ones is refused, so without them workflows are started
 * bare, and found by their ids alone. Never rejects; what cannot be learnt counts as no.
 */
export function attributesKnown(connection: Connection, namespace: string): () => Promise<boolean> {
  let known = false
  let askedAtMs = Number.NEGATIVE_INFINITY
  return async () => {
    if (known || performance.now() - askedAtMs < askAgainMs) return known
    askedAtMs = performance.now()
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
      known = Object.values(searchAttributes).every(({ name }) => customAttributes[name] !== undefined)
    } catch {
      known = false
    }
    return known
  }
}

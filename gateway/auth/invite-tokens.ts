import { createHash, createHmac, createSecretKey } from 'node:crypto'
import type { CommandId, InviteId } from '../../protocol/ids.ts'
import { namedUuid } from '../named-uuid.ts'

/** What an invite is known by. */
export interface NewInvite {
  readonly inviteId: InviteId
  /** 256 bits in base64url. Handed to its maker, and kept nowhere. */
  readonly token: string
  /** What the room keeps of it. */
  readonly tokenHash: string
}

/** Names and tokens of invites. */
export interface InviteTokens {
  /**
   * The invite that a command makes. The same command has the same token: one that is sent again, because its answer was lost,
   * is answered with it once more, though nobody has stored it.
   */
  of(command: CommandId): NewInvite
}

/** SHA-256 in hex, as rooms and the record keep tokens. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Tokens that nobody can tell who has not the secret, though command ids lie in the journal. */
export function createInviteTokens(secret: string): InviteTokens {
  // A key of its own, so that nothing else made with the secret is ever a token.
  const key = createSecretKey(createHmac('sha256', secret).update('voice-rooms/invite').digest())
  return {
    of: (command) => {
      const token = createHmac('sha256', key).update(command).digest('base64url')
      return { inviteId: namedUuid('invite', command) as InviteId, token, tokenHash: hashOfToken(token) }
    },
  }
}

import { createHash } from 'node:crypto'
import type { AuditBody } from '../../protocol/audit.ts'
import { canonicalJson } from './canonical-json.ts'
import type { AuditRow } from './port.ts'

/*
 * FROZEN: what is hashed, and how. The table links its own rows (`voice_audit_link` in the migration) by the same bytes; a
 * test holds the two together. Another form needs another version number in front.
 */
const version = '1'

/** The bytes of a row that the hash takes in, beside the hashes before it. Free text comes last: nothing can be shifted. */
const linkText = ({ seq, atMs, recordedAtMs, action, roomId, guildId }: LinkedFields): string =>
  [version, seq, atMs, recordedAtMs, action, orNothing(roomId), orNothing(guildId)].join('\n')

const orNothing = (text: string | null): string => (text === null ? '' : `=${text}`)

type LinkedFields = Pick<
  AuditRow,
  'seq' | 'atMs' | 'recordedAtMs' | 'action' | 'roomId' | 'guildId' | 'commitment' | 'prevHash'
>

/** What the first row of a chain follows: so no row can be carried into another chain. */
export const genesisOf = (chain: string): Buffer => sha256(chain)

/** What stays of a body when it is erased. The salt goes with the body: then nobody can try out who it was. */
export const commitmentOf = (salt: Buffer, body: AuditBody): Buffer => sha256(salt, canonicalJson(body))

/** The hash that a row with these fields has to carry. */
export const linkHash = (row: LinkedFields): Buffer => sha256(row.prevHash, row.commitment, linkText(row))

export function sha256(...parts: readonly (Buffer | string)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

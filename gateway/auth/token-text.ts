import { parseJsonBytes } from '../../protocol/codec.ts'

/**
 * The three parts of a token; null unless each is base64url in its one spelling, without padding and with no bits that stand for
 * nothing: a token that has two spellings could not be put on a list.
 */
export function partsOf(token: string): readonly [header: string, payload: string, signature: string] | null {
  const parts = token.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || !header || !payload || !signature) return null
  return parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
    ? [header, payload, signature]
    : null
}

/**
 * The object that a part holds; null for anything else, and for one in which a name stands twice: some read it as the first
 * and some as the last.
 */
export function objectOf(part: string): Readonly<Record<string, unknown>> | null {
  const bytes = Buffer.from(part, 'base64url')
  let value: unknown
  try {
    value = parseJsonBytes(bytes)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return membersOf(bytes.toString('utf8')) === namesIn(value) ? (value as Record<string, unknown>) : null
}

/** How many members stand in JSON, at any depth: each has one colon outside of a text. */
const membersOf = (json: string): number => json.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1

/** How many of them are left once it has been read. */
function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inside: readonly unknown[] = Object.values(value)
  return inside.reduce<number>((sum, each) => sum + namesIn(each), Array.isArray(value) ? 0 : inside.length)
}

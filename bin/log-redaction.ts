/*
 * The safety net under the rule that no log line carries a secret: it should never have anything to do. By the names of fields at
 * any depth, and by what secrets look like inside of texts. pino's own redaction goes by paths, each depth a path of its own:
 * for these names at three depths it took 110-150 us a line, this takes 1-5.
 */

export const censored = '[redacted]'

/** Names in lower case and without `_` and `-`, by how they end: `resume_token` is a token. */
const secretName =
  /(authorization|cookie|token|password|passwordhash|passphrase|secret|credentials?|sdp|candidate|jwt|privatekey|apikey)$/

const nameIsSecret = new Map<string, boolean>()
/** Names of fields are few and written by us; those that callers make up are not kept. */
const maxNames = 2_000

function isSecret(name: string): boolean {
  const known = nameIsSecret.get(name)
  if (known !== undefined) return known
  const answer = secretName.test(name.toLowerCase().replace(/[_-]/g, ''))
  if (nameIsSecret.size < maxNames) nameIsSecret.set(name, answer)
  return answer
}

/** What secrets look like, each behind a text without which it cannot be there. */
const looks: readonly { readonly needs: string; readonly pattern: RegExp; readonly instead: string }[] = [
  { needs: 'eyJ', pattern: /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*)?/g, instead: censored },
  { needs: 'earer ', pattern: /\b(bearer) +[^\s"',]+/gi, instead: `$1 ${censored}` },
  { needs: '://', pattern: /(\w:\/\/[^\s:/@]*):[^\s/@]+@/g, instead: `$1:${censored}@` },
  {
    needs: 'a=',
    pattern: /a=(ice-ufrag|ice-pwd|fingerprint|candidate|crypto)[^\r\n"\\]*/g,
    instead: `a=$1 ${censored}`,
  },
  { needs: 'candidate:', pattern: /candidate:\S+ \d+ \w+ [^\r\n"\\]*/g, instead: censored },
  { needs: 'whsec_', pattern: /whsec_[A-Za-z0-9+/=]+/g, instead: censored },
  { needs: 'PRIVATE KEY', pattern: /-----BEGIN[^-]*PRIVATE KEY-----[^]*?(-----END[^-]*-----|$)/g, instead: censored },
]

function cleanText(text: string): string {
  let clean = text
  for (const { needs, pattern, instead } of looks) if (clean.includes(needs)) clean = clean.replace(pattern, instead)
  return clean
}

/** Deeper than any line of ours, so that one with a circle in it ends. */
const maxDepth = 8

/** The same fields without secrets; the very same object where there are none. Errors are left to their serializer. */
export function withoutSecrets<Fields extends object>(fields: Fields): Fields {
  return clean(fields, 0) as Fields
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (typeof value !== 'object' || value === null || value instanceof Error || 'toJSON' in value) return value
  if (depth > maxDepth) return '[too deep]'
  if (Array.isArray(value)) return cleanList(value, depth)
  let copy: Record<string, unknown> | null = null
  for (const [name, before] of Object.entries(value)) {
    const after = isSecret(name) && hides(before) ? censored : clean(before, depth + 1)
    if (after === before) continue
    copy ??= { ...value }
    copy[name] = after
  }
  return copy ?? value
}

function cleanList(list: readonly unknown[], depth: number): unknown {
  const cleaned = list.map((entry) => clean(entry, depth + 1))
  return cleaned.some((entry, index) => entry !== list[index]) ? cleaned : list
}

/** Whether there is a secret at all: not in `token: null`, nor in `candidate: true`. */
const hides = (value: unknown): boolean => value !== null && value !== undefined && typeof value !== 'boolean'

import { isIP } from 'node:net'
import { Type, type TSchema } from '@sinclair/typebox'
import { ProcessId } from '../protocol/ids.ts'
import { durationMs } from './duration.ts'

/** How a setting's text becomes its value, and what may stand there. `Value` is what the program gets. */
export interface Kind<Value> {
  readonly schema: TSchema
  /** Completes the sentence "has to be …". */
  readonly expected: string
  /**
   * Value of a text from the environment or of a scalar from YAML. What cannot be read is handed back as it is: the
   * schema then refuses it.
   */
  read(raw: unknown): unknown
  /** Never set: carries the type. */
  readonly value?: Value
}

const asIs = (raw: unknown): unknown => raw

const readNumber = (raw: unknown): unknown => (typeof raw === 'string' && /^-?\d{1,15}$/.test(raw) ? Number(raw) : raw)

const readDecimal = (raw: unknown): unknown =>
  typeof raw === 'string' && /^-?\d{1,15}(\.\d{1,6})?$/.test(raw) ? Number(raw) : raw

const readList = (raw: unknown): unknown =>
  typeof raw === 'string'
    ? raw
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '')
    : raw

// A number alone says no unit: as a text it fails the schema.
const readDuration = (raw: unknown): unknown =>
  typeof raw === 'string' ? (durationMs(raw) ?? raw) : typeof raw === 'number' ? String(raw) : raw

const readBoolean = (raw: unknown): unknown => (raw === 'true' ? true : raw === 'false' ? false : raw)

/** A whole number. */
export const integer = (minimum: number, maximum: number): Kind<number> => ({
  schema: Type.Integer({ minimum, maximum }),
  expected: `a whole number from ${minimum} to ${maximum}`,
  read: readNumber,
})

export const number = (minimum: number, maximum: number): Kind<number> => ({
  schema: Type.Number({ minimum, maximum }),
  expected: `a number from ${minimum} to ${maximum}`,
  read: readDecimal,
})

/** A TCP port; 0 lets the system choose one. */
export const port: Kind<number> = {
  schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
  expected: 'a port from 0 (any free one) to 65535',
  read: readNumber,
}

export const boolean: Kind<boolean> = { schema: Type.Boolean(), expected: 'true or false', read: readBoolean }

/** Milliseconds from a text such as `30s`. */
export const duration = (minimumMs: number, maximumMs: number): Kind<number> => ({
  schema: Type.Integer({ minimum: minimumMs, maximum: maximumMs }),
  expected: `a duration such as 30s, 5m or 24h, from ${minimumMs} ms to ${maximumMs} ms`,
  read: readDuration,
})

export const oneOf = <const Values extends readonly string[]>(...values: Values): Kind<Values[number]> => ({
  schema: Type.String({ enum: [...values] }),
  expected: values.length === 1 ? values.join() : `one of ${values.join(', ')}`,
  read: asIs,
})

const matching = (pattern: string, expected: string, maxLength = 2_000): Kind<string> => ({
  schema: Type.String({ pattern, maxLength }),
  expected,
  read: asIs,
})

const listOf = (pattern: string, expected: string): Kind<readonly string[]> => ({
  schema: Type.Array(Type.String({ pattern, maxLength: 500 }), { maxItems: 100 }),
  expected,
  read: readList,
})

/** Any text of one line. */
export const text = matching('^[^\\u0000-\\u001f]{1,2000}$', 'a text of one line, at most 2000 characters')
/** Keys and certificates: any text. */
export const longText = matching('^[^\\u0000]+$', 'a text of at most 20000 characters', 20_000)
/** Text of which only the length is looked at here; how good it is is judged with the other settings in view. */
export const secret = matching('^.{32,}$', 'at least 32 characters', 1_000)
export const postgresUrl = matching('^postgres(ql)?://[^\\s]+$', 'a postgres:// URL')
export const redisUrl = matching(
  '^rediss?(\\+(sentinel|cluster))?://[^\\s]+$',
  'a redis://, redis+sentinel:// or redis+cluster:// URL, or the same with rediss',
)
export const httpUrl = matching('^https?://[^\\s]+$', 'an http:// or https:// URL')
export const urlPath = matching('^/[A-Za-z0-9._~/-]{0,200}$', 'a path that begins with /')
export const filePath = matching('^[^\\u0000]{1,1000}$', 'a path of a file')
export const hostAndPort = matching('^[A-Za-z0-9.\\[\\]:_-]+:[0-9]{1,5}$', 'an address such as temporal.example:7233')
export const host = matching('^[A-Za-z0-9.:_-]{1,253}$', 'a host name or an IP address')
export const label = matching('^[A-Za-z0-9._-]{1,253}$', '1 to 253 of A-Z a-z 0-9 . _ -')
export const keyPrefix = matching('^[^\\s]{0,64}$', 'at most 64 characters without spaces')

export const processId: Kind<ProcessId> = {
  schema: ProcessId,
  expected: 'a name such as node-1: 1 to 63 of a-z 0-9 -, not beginning with -',
  read: asIs,
}

export const stunServers = listOf('^stuns?:[^\\s,]+$', 'stun: or stuns: addresses, separated by commas')
export const turnServers = listOf('^turns?:[^\\s,]+$', 'turn: or turns: addresses, separated by commas')
export const origins = listOf(
  '^(\\*|https?://[^\\s/,]+)$',
  'origins such as https://game.example, or *, separated by commas',
)
export const networks = listOf('^[0-9a-fA-F.:]+(/[0-9]{1,3})?$', 'IP addresses or networks such as 10.0.0.0/8')

/** Whether a text is an IP address or a network in CIDR notation. */
export function isNetwork(network: string): boolean {
  const [address = '', bits, ...rest] = network.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

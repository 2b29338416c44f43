import fc from 'fast-check'

type Schema = Readonly<Record<string, any>>

/** Ids that lead somewhere on the cluster under test: input that is right but for one field goes deep. */
export interface KnownIds {
  readonly uuids: readonly string[]
  readonly users: readonly string[]
}

/** Longer text is left to the mutations. */
const textMax = 300

/** Values that fit a schema, at its bounds more often than elsewhere. */
export function fitting(schema: Schema, known: KnownIds): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema['const'])
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]))
  const branches = (schema['oneOf'] ?? schema['anyOf']) as readonly Schema[] | undefined
  if (branches) return fc.oneof(...branches.map((branch) => fitting(branch, known)))
  const kinds = [schema['type'] ?? []].flat() as readonly string[]
  if (kinds.length > 1) return fc.oneof(...kinds.map((type) => fitting({ ...schema, type }, known)))
  const kind: string = kinds[0] ?? ''
  switch (kind) {
    case 'string':
      return text(schema, known)
    case 'integer':
      return fc.integer({ min: within(schema['minimum'], -1_000), max: within(schema['maximum'], 1_000) })
    case 'number':
      return fc.double({
        min: schema['minimum'] ?? -1_000,
        max: schema['maximum'] ?? 1_000,
        noNaN: true,
      })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(fitting((schema['items'] ?? {}) as Schema, known), {
        minLength: schema['minItems'] ?? 0,
        maxLength: Math.min(schema['maxItems'] ?? 4, 4),
      })
    case 'object':
      return object(schema, known)
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

const within = (bound: number | undefined, otherwise: number): number =>
  Math.max(-0x7fff_ffff, Math.min(bound ?? otherwise, 0x7fff_ffff))

function text(schema: Schema, { uuids, users }: KnownIds): fc.Arbitrary<unknown> {
  const { format, pattern } = schema as { format?: string; pattern?: string }
  if (format === 'uuid') return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...uuids) }, fc.uuid())
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (pattern?.includes('{1,36}')) return fc.constantFrom(...users)
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  const minLength = (schema['minLength'] ?? 0) as number
  const maxLength = Math.max(minLength, Math.min((schema['maxLength'] ?? textMax) as number, textMax))
  return fc.string({ minLength, maxLength, unit: 'grapheme' }).map((value) => value.slice(0, maxLength))
}

function object(schema: Schema, known: KnownIds): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)
  if (properties.length === 0)
    return fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
  const fields = Object.fromEntries(properties.map(([name, field]) => [name, fitting(field, known)]))
  return fc.record(fields, { requiredKeys: [...((schema['required'] ?? []) as string[])] })
}

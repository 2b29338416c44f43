import type { TSchema } from '@sinclair/typebox'

/** Plain JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * `asked`: what a caller sends, which takes no field but its own. `told`: what we send, of which a caller takes more, since later
 * versions add fields.
 */
export type Direction = 'asked' | 'told'

type Rule = 'keep' | 'drop' | 'schema' | 'schemas' | 'named schemas'

/** What becomes of each keyword. One that does not stand here is an error: nobody has thought of how others read it. */
const rules: Readonly<Record<string, Rule>> = {
  ...{
    type: 'keep',
    const: 'keep',
    enum: 'keep',
    format: 'keep',
    pattern: 'keep',
    description: 'keep',
    default: 'keep',
    deprecated: 'keep',
  },
  ...{ minLength: 'keep', maxLength: 'keep', minimum: 'keep', maximum: 'keep', multipleOf: 'keep' },
  ...{ exclusiveMinimum: 'keep', exclusiveMaximum: 'keep', required: 'keep', uniqueItems: 'keep' },
  ...{ minItems: 'keep', maxItems: 'keep', minProperties: 'keep', maxProperties: 'keep' },
  ...{ items: 'schema', additionalProperties: 'schema', propertyNames: 'schema', not: 'schema' },
  ...{ oneOf: 'schemas', anyOf: 'schemas', allOf: 'schemas', prefixItems: 'schemas' },
  ...{ properties: 'named schemas', patternProperties: 'named schemas' },
  // The branches of a union have a `const` each, which says as much.
  discriminator: 'drop',
  storable: 'drop',
}

/** What our own formats and keywords mean, for those who have only the schema. */
const inWords: readonly { readonly fits: (schema: JsonSchema) => boolean; readonly more: JsonSchema }[] = [
  {
    fits: ({ format }) => format === 'text',
    more: { description: 'Without NUL and without half of a surrogate pair.' },
  },
  { fits: ({ storable }) => storable === true, more: { description: 'Nested at most 16 deep.' } },
  {
    fits: ({ format }) => format === 'uuid',
    more: { pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' },
  },
]

/** A schema as others may read it: plain JSON, without what only our own validator knows. Throws for a keyword without a rule. */
export function published(schema: TSchema | JsonSchema, direction: Direction): JsonSchema {
  const said = schema as JsonSchema
  const plain: Record<string, unknown> = {}
  for (const { fits, more } of inWords) if (fits(said)) Object.assign(plain, more)
  for (const [keyword, value] of Object.entries(said)) {
    const rule = rules[keyword]
    if (rule === undefined) throw new Error(`no rule for how the keyword ${keyword} is published`)
    if (rule === 'drop' || (keyword === 'format' && value === 'text')) continue
    if (keyword === 'additionalProperties' && value === false && direction === 'told') continue
    plain[keyword] = publishedValue(rule, value, direction)
  }
  return plain
}

function publishedValue(rule: Rule, value: unknown, direction: Direction): unknown {
  if (rule === 'keep' || typeof value !== 'object' || value === null) return value
  if (rule === 'schemas') return (value as readonly JsonSchema[]).map((each) => published(each, direction))
  if (rule === 'schema') return published(value as JsonSchema, direction)
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, JsonSchema>>).map(([name, each]) => [
      name,
      published(each, direction),
    ]),
  )
}

/** Shapes that have a name in a document, so that they stand there once. */
export class NamedSchemas {
  readonly #names = new Map<string, string>()
  readonly #used = new Map<string, JsonSchema>()

  constructor(shapes: Readonly<Record<string, TSchema>>) {
    for (const [name, shape] of Object.entries(shapes)) {
      const told = JSON.stringify(published(shape, 'told'))
      const asked = JSON.stringify(published(shape, 'asked'))
      if (asked !== told) this.#names.set(asked, `${name}Input`)
      this.#names.set(told, name)
    }
  }

  /** The schema, with references to `#/components/schemas/` where a named shape stands. */
  refer(schema: TSchema, direction: Direction): JsonSchema {
    return this.#referred(published(schema, direction)) as JsonSchema
  }

  /** What the references made so far lead to. */
  components(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#used].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #referred(node: unknown): unknown {
    if (typeof node !== 'object' || node === null) return node
    const name = this.#names.get(JSON.stringify(node))
    if (name === undefined) return this.#inside(node)
    if (!this.#used.has(name)) {
      // Its place is taken first: what is inside may refer to it.
      this.#used.set(name, {})
      this.#used.set(name, this.#inside(node) as JsonSchema)
    }
    return { $ref: `#/components/schemas/${name}` }
  }

  #inside(node: object): unknown {
    if (Array.isArray(node)) return node.map((each) => this.#referred(each))
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, this.#referred(value)]))
  }
}

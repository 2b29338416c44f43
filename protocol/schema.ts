import { Type, type Static, type TSchema, type TUnsafe } from '@sinclair/typebox'

/** One of these words. */
export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  Type.Unsafe<Values[number]>(Type.String({ enum: [...values] }))

/** A list that nobody changes once it is made. */
export const list = <Schema extends TSchema>(item: Schema, bounds: { maxItems?: number; minItems?: number } = {}) =>
  Type.Unsafe<readonly Static<Schema>[]>(Type.Array(item, bounds))

/** The value, or null. For schemas of one JSON type. */
export const nullable = <Schema extends TSchema>(schema: Schema): TUnsafe<Static<Schema> | null> => {
  const words = schema['enum'] as readonly unknown[] | undefined
  return Type.Unsafe<Static<Schema> | null>({
    ...schema,
    type: [schema.type, 'null'],
    ...(words ? { enum: [...words, null] } : {}),
  })
}

/** A moment as ISO 8601 in UTC with milliseconds. */
export const IsoTime = Type.String({ format: 'date-time', maxLength: 40 })

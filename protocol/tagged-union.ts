import { Type, type Static, type TObject, type TUnsafe } from '@sinclair/typebox'

/**
 * A schema for messages told apart by one literal field. Emits `discriminator` and `oneOf`, so that a bad frame is
 * reported against the one branch it claims to be, not against all of them.
 */
export function taggedUnion<const Branches extends readonly TObject[]>(
  tag: string,
  branches: Branches,
): TUnsafe<Static<Branches[number]>> {
  return Type.Unsafe<Static<Branches[number]>>({
    type: 'object',
    discriminator: { propertyName: tag },
    oneOf: branches,
  })
}

/** An object that takes no field but its own. Every schema of the wire is made with it. */
export const strict = <Fields extends Parameters<typeof Type.Object>[0]>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false })

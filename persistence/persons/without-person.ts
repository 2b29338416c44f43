/** Whom to take out of stored JSON, and who stands there instead. */
export interface Erased {
  readonly userId: string
  /** An id of nobody. */
  readonly pseudonym: string
  /** Sanctions that are still in force: their user stays, or whoever is banned could have that erased. */
  keeps(event: { readonly kind: unknown; readonly generation: unknown }): boolean
}

/** Fields that hold the id of a user, and lists of such. What is called otherwise is no user, whatever it says. */
const holdsUser = (name: string): boolean =>
  name === 'by' ||
  name === 'created_by' ||
  name === 'to_user' ||
  name === 'from_user' ||
  /^(.*_)?(user|owner|inviter|invitee|moderator)(_id)?$/.test(name)
const holdsUsers = (name: string): boolean =>
  /(^|_)(users|user_ids|accepted_by|speakers|queue|invited|voices)$/.test(name)

/** What people wrote, and what they are called; taken out where it stands beside them. */
const blanked: Readonly<Record<string, unknown>> = { username: 'erased', reason: '', message: '' }
const dropped = new Set(['evidence'])
/** Why a seat ended is no text of anybody's. */
const leaveReasons = new Set<unknown>(['left', 'replaced', 'lapsed', 'room_closed', 'kicked', 'banned', 'unlinked'])

/** The value without the person. The same one where they are not in it. */
export function withoutPerson(value: unknown, erased: Erased): unknown {
  if (Array.isArray(value)) return mapped(value, (item) => withoutPerson(item, erased))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value)
  const isOfThem = fields.some(([name, field]) => field === erased.userId && holdsUser(name))
  const stays = isOfThem && standsOnThem(value, erased)
  const next = fields.flatMap(([name, field]): (readonly [string, unknown])[] => {
    if (field === erased.userId && holdsUser(name)) {
      return [[name, stays && name !== 'by' ? field : erased.pseudonym]]
    }
    if (isOfThem && dropped.has(name)) return []
    if (isOfThem && name in blanked && !leaveReasons.has(field)) return [[name, blanked[name]]]
    if (holdsUsers(name) && Array.isArray(field)) {
      return [[name, mapped(field, (id) => (id === erased.userId ? erased.pseudonym : withoutPerson(id, erased)))]]
    }
    return [[name, withoutPerson(field, erased)]]
  })
  const changed = next.length !== fields.length || next.some(([, field], index) => field !== fields[index]?.[1])
  return changed ? Object.fromEntries(next) : value
}

/** A sanction on them that is in force: the event that put it on, or the snapshot's word of it. */
function standsOnThem(value: object, erased: Erased): boolean {
  const { type, user_id: user, kind, generation } = value as Readonly<Record<string, unknown>>
  const isOne = type === 'sanction.applied' || (type === undefined && 'until_ms' in value)
  return isOne && user === erased.userId && erased.keeps({ kind, generation })
}

function mapped(values: readonly unknown[], map: (value: unknown) => unknown): readonly unknown[] {
  const next = values.map(map)
  return next.some((value, index) => value !== values[index]) ? next : values
}

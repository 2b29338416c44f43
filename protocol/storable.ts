/*
 * What Postgres can keep. Its text and JSON take neither a NUL nor half of a surrogate pair, and a journal that refuses an
 * entry costs its actor a life: such text is refused where it comes in, and once more before a command is decided.
 */

/** How deep the arrays and objects of a free-form value may be nested. Parsers and printers of JSON recurse. */
const depthMax = 16
const halfPair = /\p{Surrogate}/u

/** Whether text holds no NUL and no half of a surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && !halfPair.test(text)

/** Whether all text of a JSON value, names included, is storable, and the value is nested at most 16 deep. */
export function isStorableJson(value: unknown, depthLeft = depthMax): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value !== 'object' || value === null) return true
  if (depthLeft === 0) return false
  if (Array.isArray(value)) return value.every((item) => isStorableJson(item, depthLeft - 1))
  return Object.entries(value).every(([name, item]) => isStorableText(name) && isStorableJson(item, depthLeft - 1))
}

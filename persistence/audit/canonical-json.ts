/**
 * One text for one JSON value: names in the order of their UTF-16 units, no spaces, numbers and strings as JSON.stringify
 * writes them. What a jsonb column gives back has the text it went in with. Names without a value are left out.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`
  let fields = ''
  for (const name of Object.keys(value).sort()) {
    const field: unknown = (value as Readonly<Record<string, unknown>>)[name]
    if (field !== undefined) fields += `${fields === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(field)}`
  }
  return `{${fields}}`
}

import { parseDocument } from 'yaml'
import type { Problem } from '../protocol/codec.ts'

/** What a settings file says: scalars and lists by their dotted path, and what is wrong with the file itself. */
export interface FileSettings {
  readonly values: ReadonlyMap<string, unknown>
  readonly problems: readonly Problem[]
}

/**
 * Reads a YAML file whose sections are mappings, against the paths that exist. Every key that is none of them is a
 * problem of its own, and so is a key without a value. A section without keys is fine: everything in it is commented out.
 */
export function readSettingsFile(source: string, known: readonly string[]): FileSettings {
  const document = parseDocument(source, { prettyErrors: true })
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message }) => ({
      field: 'VOICE_CONFIG',
      // The rest of the message repeats the line, and the line may hold a secret.
      problem: `is not valid YAML: ${message.split('\n')[0] ?? ''}`,
    }))
    return { values: new Map(), problems }
  }
  const sections = new Set(known.map((path) => path.slice(0, path.lastIndexOf('.'))))
  const values = new Map<string, unknown>()
  const problems: Problem[] = []
  const walk = (node: unknown, path: string) => {
    if (node === null) return
    if (typeof node !== 'object' || Array.isArray(node)) {
      problems.push({ field: path === '' ? 'VOICE_CONFIG' : path, problem: 'has to hold settings by name' })
      return
    }
    for (const [key, value] of Object.entries(node)) {
      const at = path === '' ? key : `${path}.${key}`
      if (sections.has(at)) walk(value, at)
      else if (!known.includes(at)) problems.push({ field: at.slice(0, 200), problem: 'is no setting of the file' })
      else if (value === null) problems.push({ field: at, problem: 'stands there without a value' })
      else values.set(at, value)
    }
  }
  walk(document.toJS({ maxAliasCount: 10 }), '')
  return { values, problems }
}

import { Unavailable } from './service.ts'

/** The command of each line of a Procfile, as words. Words are split at spaces; there is no shell, so no quoting either. */
export function parseProcfile(text: string): ReadonlyMap<string, readonly string[]> {
  const commands = new Map<string, readonly string[]>()
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const [, name, command] = /^([A-Za-z0-9_-]+):\s+(\S.*)$/.exec(line) ?? []
    if (name === undefined || command === undefined)
      throw new Unavailable(`The Procfile has a line that is none: ${line}`)
    commands.set(name, command.split(/\s+/))
  }
  return commands
}

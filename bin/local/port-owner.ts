import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { commandLine } from './process-identity.ts'
import { findExecutable, run } from './executable.ts'

/** Who listens on a port. */
export interface PortOwner {
  readonly pid: number
  readonly command: string
}

/** The socket inodes that listen on the port, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return state === '0A' && local.endsWith(`:${wanted}`) ? [inode] : []
  })
}

/** The first process in what `lsof -Fpc` prints. */
export function parseLsof(output: string): PortOwner | null {
  const pid = Number(/^p(\d+)$/m.exec(output)?.[1] ?? 0)
  return pid === 0 ? null : { pid, command: /^c(.+)$/m.exec(output)?.[1] ?? '' }
}

const readable = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function holderOf(inodes: ReadonlySet<string>): number | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const socket = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
        if (socket !== undefined && inodes.has(socket)) return Number(pid)
      }
    } catch {
      // Another user's process, or one that just ended.
    }
  }
  return null
}

/** Who listens on the port, as far as this user may see it. */
export async function portOwner(port: number): Promise<PortOwner | null> {
  const table = readable('/proc/net/tcp') + readable('/proc/net/tcp6')
  if (table !== '') {
    const inodes = new Set(listeningInodes(table, port))
    const pid = inodes.size === 0 ? null : holderOf(inodes)
    return pid === null ? null : { pid, command: commandLine(pid) }
  }
  const lsof = findExecutable(['lsof', '/usr/sbin/lsof'])
  if (lsof === null) return null
  const { output } = await run(lsof, ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { withinMs: 5_000 })
  const found = parseLsof(output)
  return found && { ...found, command: commandLine(found.pid) || found.command }
}

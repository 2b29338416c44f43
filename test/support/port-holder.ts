import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Whether the process has a TCP socket bound to that port of this machine, as Linux tells it. */
export function holdsPort(pid: number, port: number): boolean {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => inodesAt(port, table)))
  return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(socketOf(`/proc/${pid}/fd/${fd}`)))
}

/** Columns of a line: number, local address:port in hexadecimal, remote one, state, queues, timer, retransmits, uid, timeout, inode. */
function inodesAt(port: number, table: string): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => local?.endsWith(`:${hex}`))
    .map((columns) => columns[9] ?? '')
}

/** The inode of the socket behind a descriptor; an empty string where it is none, or closed meanwhile. */
function socketOf(path: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? ''
  } catch {
    return ''
  }
}

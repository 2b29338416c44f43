import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** A process, told apart from a later one that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it began, in the machine's own words. */
  readonly began: string
}

const hasProc = existsSync('/proc/self/stat')

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const ps = (pid: number, field: string): string => {
  const options = { encoding: 'utf8', env: { LC_ALL: 'C' } } as const
  // Null where there is no such program.
  const { stdout } = spawnSync('ps', ['-p', String(pid), '-o', `${field}=`], options) as { stdout: string | null }
  return (stdout ?? '').trim()
}

/** The state letter and the start time in a line of /proc/<pid>/stat: fields 3 and 22, behind a name that may hold anything. */
export function parseStat(line: string): { readonly state: string; readonly startTicks: string } | null {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], fields[19]]
  return state === undefined || startTicks === undefined ? null : { state, startTicks }
}

/** Who has the pid now; null when nobody has, or a dead child that only waits for its parent to notice. */
export function identify(pid: number): ProcessIdentity | null {
  if (hasProc) {
    const stat = parseStat(read(`/proc/${pid}/stat`))
    if (!stat || stat.state === 'Z' || stat.state === 'X') return null
    return { pid, began: `${read('/proc/sys/kernel/random/boot_id').trim()}/${stat.startTicks}` }
  }
  const began = ps(pid, 'lstart')
  return began === '' || ps(pid, 'state').startsWith('Z') ? null : { pid, began }
}

/** Whether this very process still lives. */
export const lives = ({ pid, began }: ProcessIdentity): boolean => identify(pid)?.began === began

/** The command line of a process as one line; empty when it cannot be seen. */
export const commandLine = (pid: number): string =>
  hasProc ? read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() : ps(pid, 'args')

/** Sends a signal to the group that the process leads, or to it alone where it leads none. False when it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal)
      return true
    } catch {
      // No such group, or gone.
    }
  }
  return false
}

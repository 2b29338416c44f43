import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** Where and of what a measurement was made: the lines that every dated page begins with. */
export function provenanceOf(checkout: string): {
  readonly commit: string
  readonly hardware: string
  readonly day: string
} {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: checkout, encoding: 'utf8' }).trim()
  const memoryGb = Math.round(Number(/MemTotal: +(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1e6)
  const hardware = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${memoryGb} GB, Node ${process.version}`
  return { commit, hardware, day: new Date().toISOString().slice(0, 10) }
}

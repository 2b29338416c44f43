// Whether node_modules is what package-lock.json names, and who works with it. Plain JavaScript: it runs before anything is
// installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const stampOf = (checkout) => join(checkout, 'node_modules', '.voice-rooms-stamp')

function readOr(path, otherwise) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}

/** What node_modules has to match: the lock, and the machine that native packages were chosen for. */
export function fingerprint(lockText, platform = process.platform, arch = process.arch) {
  return `${createHash('sha256').update(lockText).digest('hex')} ${platform}-${arch}`
}

/** Whether each package of the lock that is not optional is recorded as installed, with the same content. */
export function installedMatches(lock, installed) {
  const there = installed.packages ?? {}
  return Object.entries(lock.packages ?? {}).every(([path, { version, integrity, optional, devOptional }]) => {
    if (path === '') return true
    const found = there[path]
    if (found === undefined) return optional === true || devOptional === true
    return found.version === version && found.integrity === integrity
  })
}

/** npm writes this record last, so it is there only after an install that was finished. */
function matchesNpmRecord(checkout, lockText) {
  const record = readOr(join(checkout, 'node_modules', '.package-lock.json'), '')
  if (record === '') return false
  try {
    return installedMatches(JSON.parse(lockText), JSON.parse(record))
  } catch {
    return false
  }
}

/** Whether the packages are in step. What somebody installed by hand counts as well, and is stamped. */
export function inStep(checkout) {
  const lockText = readOr(join(checkout, 'package-lock.json'), '')
  if (!existsSync(join(checkout, 'node_modules', '.bin', 'node'))) return false
  const stamp = readOr(stampOf(checkout), '')
  if (stamp === fingerprint(lockText)) return true
  const onThisMachine = stamp === '' || stamp.endsWith(` ${process.platform}-${process.arch}`)
  if (!onThisMachine || !matchesNpmRecord(checkout, lockText)) return false
  writeStamp(checkout)
  return true
}

export function writeStamp(checkout) {
  writeFileSync(stampOf(checkout), fingerprint(readFileSync(join(checkout, 'package-lock.json'), 'utf8')))
}

/** The command line of a living process; empty when there is none. */
function commandOf(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code === 'ESRCH') return ''
  }
  const listed = readOr(`/proc/${pid}/cmdline`, '').replaceAll('\0', ' ')
  if (listed !== '' || existsSync('/proc/self')) return listed
  return spawnSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8' }).stdout ?? ''
}

const isBootstrap = (pid) => commandOf(pid).includes('bootstrap.mjs')

/** Says that this process runs on the packages; returns the file to remove at its end. */
export function registerUse(runFolder, name) {
  const folder = join(runFolder, 'using')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, String(process.pid))
  writeFileSync(file, name)
  return file
}

/** Who else runs on the packages. Forgets those that have ended without saying so. */
export function othersUsing(runFolder) {
  const folder = join(runFolder, 'using')
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((entry) => {
    const pid = Number(entry)
    const file = join(folder, entry)
    if (pid !== process.pid && isBootstrap(pid)) return [{ pid, name: readOr(file, 'a run') }]
    rmSync(file, { force: true })
    return []
  })
}

/** Takes the lock and returns how to give it back; null while another living process has it. */
export function takeInstallLock(file) {
  mkdirSync(dirname(file), { recursive: true })
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return () => rmSync(file, { force: true })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const holder = Number(readOr(file, ''))
  // An empty file is one that is being written this instant.
  if (holder > 0 && (holder === process.pid || !isBootstrap(holder))) rmSync(file, { force: true })
  return null
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { identify, lives, type ProcessIdentity } from './process-identity.ts'
import { Unavailable } from './service.ts'

function holderOf(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity
  } catch {
    return null
  }
}

/**
 * One start at a time in a checkout: two would work on the same data. Returns how to give the lock back. Takes over from a
 * start that died; throws Unavailable, with the pid, beside one that lives.
 */
export function takeStartLock(file: string): () => void {
  const own = identify(process.pid) ?? { pid: process.pid, began: '' }
  mkdirSync(dirname(file), { recursive: true })
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx' })
      return () => {
        if (holderOf(file)?.began === own.began) rmSync(file, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = holderOf(file)
    if (holder !== null && lives(holder)) {
      throw new Unavailable(
        `The cluster of this checkout runs already (npm start, pid ${holder.pid}). Stop it first: Ctrl-C there, or kill ${holder.pid}.`,
      )
    }
    rmSync(file, { force: true })
  }
  throw new Unavailable(`${file} cannot be taken: another start takes it at this moment.`)
}

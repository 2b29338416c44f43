import { createHash, createHmac } from 'node:crypto'
import type { PasswordHasher } from './room-passwords.ts'

/** `pepper:<which>:<hash>`; one without it was made before there was any. */
const mark = /^pepper:([0-9a-f]{8}):/

/**
 * A hasher whose hashes are of no use to whoever has the database and nothing else: what is hashed is not the password but its HMAC-SHA256
 * under a key that only gateways have. The first pepper makes new hashes; all are good for old ones, and each hash says which it was made
 * under, so that one can be replaced. A hash made under a pepper that is gone fits no password. Without peppers it is the hasher itself.
 */
export function peppered(hasher: PasswordHasher, peppers: readonly string[]): PasswordHasher {
  const [newest] = peppers
  const byName = new Map(peppers.map((pepper) => [nameOf(pepper), pepper]))
  return {
    hash: async (password) =>
      newest === undefined
        ? hasher.hash(password)
        : `pepper:${nameOf(newest)}:${await hasher.hash(keyed(newest, password))}`,
    verify: (stored, password) => {
      const name = mark.exec(stored)?.[1]
      if (name === undefined) return hasher.verify(stored, password)
      const pepper = byName.get(name)
      return pepper === undefined
        ? Promise.resolve(false)
        : hasher.verify(stored.replace(mark, ''), keyed(pepper, password))
    },
  }
}

const keyed = (pepper: string, password: string): string =>
  createHmac('sha256', pepper).update(password).digest('base64')

/** Says which pepper it is, and nothing of it. */
const nameOf = (pepper: string): string =>
  createHash('sha256').update(`name of a pepper\n${pepper}`).digest('hex').slice(0, 8)

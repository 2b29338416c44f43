import { hash, verify } from '@node-rs/argon2'
import type { RoomRecords } from '../persistence/rooms/port.ts'
import { AppError } from '../protocol/errors.ts'
import type { RoomId, UserId } from '../protocol/ids.ts'
import { networkOf } from './client-address.ts'
import type { Limits } from './limits/index.ts'

/** How a password becomes a hash. One call costs some 20 ms of a core and 19 MiB. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  verify(hashed: string, password: string): Promise<boolean>
}

/** Argon2id with the least cost that OWASP recommends: m=19456 KiB, t=2, p=1. */
export const argon2id: PasswordHasher = {
  // Argon2id is the library's default, and its enum is ambient: not to be had under type stripping.
  hash: (password) => hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
  verify: (hashed, password) => verify(hashed, password),
}

/** Who tries a password, and from where. */
export interface Guesser {
  readonly user: UserId
  readonly address: string
}

export interface RoomPasswordsOptions {
  readonly hasher: PasswordHasher
  readonly rooms: Pick<RoomRecords, 'passwordHash'>
  readonly limits: Pick<Limits, 'take'>
  /** Told whenever the number of waiting calls changes. */
  onWaiting(count: number): void
  /** Calls that run at once. Default 2, since each takes a core. */
  readonly runningMax?: number
  /** Calls that wait; above it RETRY_LATER. Default 100. */
  readonly waitingMax?: number
}

/** Makes and checks hashes of room passwords, a bounded number at a time. */
export class RoomPasswords {
  readonly #options: RoomPasswordsOptions
  readonly #runningMax: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: RoomPasswordsOptions) {
    this.#options = options
    this.#runningMax = options.runningMax ?? 2
    this.#waitingMax = options.waitingMax ?? 100
  }

  hash(password: string): Promise<string> {
    return this.#inTurn(() => this.#options.hasher.hash(password))
  }

  /**
   * The stored hash that this password fits, for the room's `join` command; null when none was given or the room has
   * none. Every try counts, the right one too. Throws PASSWORD_WRONG, RATE_LIMITED, and RETRY_LATER while the record cannot
   * be read or tries cannot be counted.
   */
  async check(roomId: RoomId, password: string | undefined, by: Guesser): Promise<string | null> {
    if (password === undefined) return null
    const stored = await this.#stored(roomId)
    if (stored === null) return null
    await this.#charge(roomId, by)
    const fits = await this.#inTurn(() => this.#options.hasher.verify(stored, password))
    if (!fits) throw new AppError('PASSWORD_WRONG')
    return stored
  }

  async #charge(room: RoomId, { user, address }: Guesser): Promise<void> {
    const { limits } = this.#options
    const { error } = await limits.take('password_by_user', { user, room })
    if (error) throw error
    const byAddress = await limits.take('password_by_address', { network: networkOf(address), room })
    if (byAddress.error) throw byAddress.error
  }

  async #stored(roomId: RoomId): Promise<string | null> {
    try {
      return (await this.#options.rooms.passwordHash(roomId)) ?? null
    } catch (cause) {
      throw new AppError('RETRY_LATER', undefined, { cause })
    }
  }

  async #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#running < this.#runningMax) this.#running += 1
    else await this.#turn()
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  /** Resolves when the caller may run; its place among the running is handed over, never free in between. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) throw new AppError('RETRY_LATER')
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#options.onWaiting(this.#waiting.length)
    })
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (next) {
      this.#options.onWaiting(this.#waiting.length)
      next()
    } else this.#running -= 1
  }
}

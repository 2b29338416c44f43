import type { UserId } from '../../protocol/ids.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import type { ZonePlayer } from '../../protocol/zone/link-messages.ts'
import type { ZonePlan } from '../../protocol/zone/plan.ts'

/** What moderators' words come to for one player. */
export interface Standing {
  readonly isMuted: boolean
  readonly isDeafened: boolean
  readonly isBanned: boolean
}

export const freeStanding: Standing = { isMuted: false, isDeafened: false, isBanned: false }

/** Everybody shares this bit; who is muted, or deafened, has none. */
const everybody = 1

/** As regions are told of it: `ZonePlayer`. */
export type Masks = Pick<ZonePlayer, 'speakMask' | 'hearMask'>

export const masksOf = ({ isMuted, isDeafened }: Standing): Masks => ({
  speakMask: isMuted ? 0 : everybody,
  hearMask: isDeafened ? 0 : everybody,
})

export const isSame = (a: Standing, b: Standing): boolean =>
  a.isMuted === b.isMuted && a.isDeafened === b.isDeafened && a.isBanned === b.isBanned

/** Both hold. */
export const together = (a: Standing, b: Standing): Standing => ({
  isMuted: a.isMuted || b.isMuted,
  isDeafened: a.isDeafened || b.isDeafened,
  isBanned: a.isBanned || b.isBanned,
})

/** What sanctions beyond the zone come to at that time, Unix ms. */
export function widerStanding(sanctions: readonly WiderSanction[], nowMs: number): Standing {
  const kinds = new Set(sanctions.filter(({ until_ms: ends }) => ends === null || ends > nowMs).map(({ kind }) => kind))
  return { isMuted: kinds.has('mute'), isDeafened: kinds.has('deafen'), isBanned: kinds.has('ban') }
}

/** Sanctions beyond the zone on its players here: few have any. */
export class WiderKnown {
  readonly #byUser = new Map<UserId, readonly WiderSanction[]>()

  set(user: UserId, sanctions: readonly WiderSanction[]): void {
    if (sanctions.length > 0) this.#byUser.set(user, sanctions)
    else this.#byUser.delete(user)
  }

  of(user: UserId): readonly WiderSanction[] {
    return this.#byUser.get(user) ?? []
  }

  /** When the next of them ends behind that time, Unix ms; infinite where none does. */
  endsAfter(nowMs: number): number {
    let soonest = Number.POSITIVE_INFINITY
    for (const sanctions of this.#byUser.values()) {
      for (const { until_ms: ends } of sanctions) if (ends !== null && ends > nowMs) soonest = Math.min(soonest, ends)
    }
    return soonest
  }
}

/** The sanctions of a plan that have not ended, by user. */
export class Sanctioned {
  readonly #standings = new Map<UserId, Standing>()
  /** When the first of them ends, Unix ms; infinite where none does. */
  readonly endsAtMs: number

  constructor({ sanctions }: Pick<ZonePlan, 'sanctions'>, nowMs: number) {
    let endsAtMs = Number.POSITIVE_INFINITY
    for (const { kind, userId, endsAtMs: ends } of sanctions) {
      if (ends !== null && ends <= nowMs) continue
      if (ends !== null) endsAtMs = Math.min(endsAtMs, ends)
      const before = this.#standings.get(userId) ?? freeStanding
      this.#standings.set(userId, {
        isMuted: before.isMuted || kind === 'mute',
        isDeafened: before.isDeafened || kind === 'deafen',
        isBanned: before.isBanned || kind === 'ban',
      })
    }
    this.endsAtMs = endsAtMs
  }

  of(user: UserId): Standing {
    return this.#standings.get(user) ?? freeStanding
  }
}

import type { RaidNotice, RaidNotices } from '../../persistence/raid-clockwork/port.ts'
import type { UserId } from '../../protocol/ids.ts'
import { isoTime } from '../../protocol/iso-time.ts'
import type { Cancel, Logger, Timers } from '../../protocol/ports.ts'
import type { RaidNoticeFrame } from '../../protocol/client/server-frames.ts'

export interface HeraldDeps {
  readonly notices: RaidNotices
  /** Sends each of these users what is theirs, on every connection that this gateway has of them. */
  tell(messages: ReadonlyMap<UserId, readonly string[]>): void
  readonly timers: Timers
  readonly logger: Logger
}

/** Notices read at once. */
export const noticesMax = 200
/** Looked for also where no word came, ms. */
export const lookEveryMs = 30_000

/**
 * Tells connected players of their raids: reads what is new whenever Postgres says that there is something, and every half minute
 * besides. What happened while a gateway was not there, or nobody was connected, is not told again: the raid itself says how it stands.
 */
export class RaidHerald {
  readonly #deps: HeraldDeps
  #last: string | null = null
  #reading = false
  #again = false
  #isAway = false
  #cancelLooks: Cancel = () => undefined
  #unlisten: (() => Promise<void>) | null = null
  #ended = false

  constructor(deps: HeraldDeps) {
    this.#deps = deps
  }

  /** Begins; returns at once, whether or not Postgres is there. Call it once. */
  start(): void {
    this.#cancelLooks = this.#deps.timers.every(lookEveryMs, () => this.#look())
    this.#look()
  }

  async stop(): Promise<void> {
    this.#ended = true
    this.#cancelLooks()
    await this.#unlisten?.()
  }

  /** One look at a time; word that comes meanwhile is one more look behind it. */
  #look(): void {
    if (this.#ended) return
    if (this.#reading) {
      this.#again = true
      return
    }
    this.#reading = true
    void this.#read()
      .then(() => (this.#isAway = false))
      .catch((error: unknown) => this.#recordAway(error))
      .finally(() => {
        this.#reading = false
        if (!this.#again) return
        this.#again = false
        this.#look()
      })
  }

  async #read(): Promise<void> {
    const { notices } = this.#deps
    this.#last ??= await notices.newest()
    this.#unlisten ??= await notices.listen(() => this.#look())
    for (;;) {
      const page = await notices.behind(this.#last, noticesMax)
      this.#tell(page)
      this.#last = page.at(-1)?.id ?? this.#last
      if (page.length < noticesMax) return
    }
  }

  #tell(page: readonly RaidNotice[]): void {
    const messages = new Map<UserId, string[]>()
    for (const notice of page) {
      const text = JSON.stringify(frameOf(notice))
      for (const user of notice.users) messages.set(user, [...(messages.get(user) ?? []), text])
    }
    if (messages.size > 0) this.#deps.tell(messages)
  }

  /** Logged once, until the record answers again. */
  #recordAway(error: unknown): void {
    if (!this.#isAway) this.#deps.logger.warn({ error }, 'raids.record_away')
    this.#isAway = true
  }
}

const frameOf = (notice: RaidNotice): RaidNoticeFrame => ({
  type: 'raid_notice',
  notice: notice.kind,
  raid_id: notice.raidId as RaidNoticeFrame['raid_id'],
  ...{ occurrence: notice.slot, name: notice.name, starts_at: isoTime(notice.startsAtMs), room_id: notice.roomId },
})

import type { PlayersNamed } from '../../../protocol/zone/link-messages.ts'
import { capacityMax } from '../../zone/players.ts'
import { ghostHeader, readGhosts, type GhostListener, type GhostState } from './ghost-frames.ts'
import type { Population } from './population.ts'

interface Stream {
  epoch: number
  /** The number that the next frame has; -1 for none but a beginning. */
  next: number
  heardAtMs: number
  askedAtMs: number
  /** A frame that says all has come. */
  isOpen: boolean
  /** All is to be asked for as soon as it may be. */
  isOwed: boolean
}

/** Of a region of which nothing is heard for so long the ghosts go, ms. */
export const silentMs = 3_000
/** Whom a frame that says everything anew leaves out is gone after so long, ms: their region may have them in its next frame. */
const doubtMs = 250
/** A region is asked for everything at most so often, ms. */
const askEveryMs = 300

export interface GhostStreamsDeps {
  readonly zone: number
  readonly population: Population
  /** Asks a region for all of its ghosts. */
  ask(region: number): void
  named(player: PlayersNamed['players'][number]): void
  /** A region speaks that did not before. */
  began(): void
}

/**
 * What the neighbours tell of their players near the border: frame by frame, in the order of their numbers. A frame that is missing makes this side ask for
 * all, and until that comes what is known stays.
 */
export class GhostStreams implements GhostListener {
  readonly #deps: GhostStreamsDeps
  readonly #streams = new Map<number, Stream>()
  /** Who other regions' players are. */
  readonly #names = new Map<number, PlayersNamed['players'][number]>()
  #from = 0
  /** Records of the present frame about somebody unknown. */
  #unknown = 0

  constructor(deps: GhostStreamsDeps) {
    this.#deps = deps
  }

  nameOf(player: number): PlayersNamed['players'][number] | undefined {
    return this.#names.get(player)
  }

  /** Regions of which ghosts came lately. */
  get speaking(): readonly number[] {
    return [...this.#streams].flatMap(([region, { isOpen }]) => (isOpen ? [region] : []))
  }

  /** Ghosts came of it lately: it knows this region, and what this one tells it. */
  hears(region: number): boolean {
    return this.#streams.get(region)?.isOpen === true
  }

  /** A frame. False: it is none of this zone. */
  hear(frame: Uint8Array, nowMs: number): boolean {
    const header = ghostHeader(frame)
    if (header?.zone !== this.#deps.zone) return false
    const { region, epoch, seq } = header
    const stream = this.#streams.get(region) ?? {
      epoch,
      next: -1,
      heardAtMs: nowMs,
      askedAtMs: Number.NEGATIVE_INFINITY,
      isOpen: false,
      isOwed: false,
    }
    if (isBefore(epoch, stream.epoch)) return true
    this.#streams.set(region, stream)
    stream.heardAtMs = nowMs
    if (epoch !== stream.epoch) Object.assign(stream, { epoch, next: -1 })
    if (seq === 0) this.#deps.population.doubt(region, nowMs + doubtMs)
    else if (seq !== stream.next) {
      stream.next = -1
      this.#ask(region, stream, nowMs)
      return true
    }
    stream.next = seq === 0xffff ? 1 : seq + 1
    if (!stream.isOpen) {
      stream.isOpen = true
      this.#deps.began()
    }
    this.#from = region
    this.#unknown = 0
    readGhosts(frame, this)
    if (this.#unknown > 0) this.#ask(region, stream, nowMs)
    return true
  }

  /**
   * Somebody was taken for this region's player, or for that of a region which did not have them: what their own one said of them counted for nothing, and it does not
   * say it twice. Which one that is, is not known.
   */
  missed(): void {
    for (const stream of this.#streams.values()) stream.isOwed = true
  }

  /** Each tick. */
  tick(nowMs: number): void {
    for (const [region, stream] of this.#streams) if (stream.isOwed) this.#ask(region, stream, nowMs)
  }

  /** Who other regions' players are. */
  learn(players: PlayersNamed['players']): void {
    for (const player of players) {
      if (!this.#names.has(player.player) && this.#names.size >= capacityMax) this.#clean()
      if (this.#names.size >= capacityMax) return
      this.#names.set(player.player, player)
      this.#deps.named(player)
    }
  }

  /** About once a second. */
  tend(nowMs: number): void {
    for (const [region, { heardAtMs }] of this.#streams) {
      if (nowMs - heardAtMs < silentMs) continue
      this.#streams.delete(region)
      this.#deps.population.doubt(region, nowMs)
    }
    if (this.#names.size > 2 * this.#deps.population.ghosts.size + 1_000) this.#clean()
  }

  appear(player: number, speakMask: number, party: number, state: GhostState): void {
    this.#deps.population.appear(player, { speakMask, party }, state, this.#from)
  }

  move(player: number, state: GhostState): void {
    if (!this.#deps.population.move(player, state, this.#from)) this.#unknown += 1
  }

  gone(player: number): void {
    if (this.#deps.population.gone(player, this.#from)) this.missed()
  }

  #ask(region: number, stream: Stream, nowMs: number): void {
    if (nowMs - stream.askedAtMs < askEveryMs) return
    stream.askedAtMs = nowMs
    stream.isOwed = false
    this.#deps.ask(region)
  }

  #clean(): void {
    const { population } = this.#deps
    for (const player of [...this.#names.keys()])
      if (population.slotOf(player) === undefined) this.#names.delete(player)
  }
}

/** Whether an epoch, of which frames carry 32 bits, is before another one. */
const isBefore = (epoch: number, than: number): boolean => epoch !== than && (epoch - than) >>> 0 >= 0x8000_0000

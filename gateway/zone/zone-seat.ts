import type { ClientFrame, ServerFrame } from '../../protocol/client/frames.ts'
import type { ZoneLeftReason } from '../../protocol/client/zone-frames.ts'
import { AppError, type ErrorCode } from '../../protocol/errors.ts'
import type { Clock } from '../../protocol/ports.ts'
import { checkedSignal } from '../../protocol/signaling/checked-signal.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import type { Caller } from '../auth/index.ts'
import { fullBudget, spendFrame, type FrameBounds, type FrameBudget } from '../ws/frame-budget.ts'
import { clientFrameOf } from './client-frames.ts'
import type { ZoneMetrics } from './metrics.ts'
import { placeIn } from './place-in.ts'
import { zoneEntered } from './zone-entered.ts'
import type { ZoneClient, ZonePlayerCarrier } from './zone-player.ts'
import type { ZoneHold, Zones } from './zones.ts'

/** Frames about a zone. */
export type ZoneFrame = Extract<ClientFrame, { type: 'zone_enter' | 'zone_leave' | 'zone_signal' | 'zone_positions' }>
type FrameOf<Type extends ZoneFrame['type']> = Extract<ZoneFrame, { type: Type }>

/**
 * Binary frames that one socket may send: twice what a game that ticks at 20 Hz says, beside the budget of its other frames. What is over it is dropped,
 * since the next place replaces it.
 */
export const zoneFrameBounds: FrameBounds = { perSecond: 40, burst: 80, patience: 400 }

export interface ZoneSeatDeps {
  readonly zones: Pick<Zones, 'open'>
  readonly clock: Clock
  readonly metrics: ZoneMetrics
}

/** What the seat needs of its connection. */
export interface ZoneSocket {
  tell(frame: ServerFrame): void
  show(frame: Uint8Array): void
  waitingBytes(): number
  close(code: ErrorCode): void
}

/**
 * One connection's place in a zone: in one at the most, and beside the rooms. Its frames about zones are carried out in their order. A connection that goes
 * takes its player along at once: whoever comes back enters again.
 */
export class ZoneSeat implements ZoneClient {
  readonly #deps: ZoneSeatDeps
  readonly #socket: ZoneSocket
  #in: { readonly hold: ZoneHold; readonly player: ZonePlayerCarrier } | null = null
  #tail: Promise<unknown> = Promise.resolve()
  #budget: FrameBudget
  #isOver = false

  constructor(deps: ZoneSeatDeps, socket: ZoneSocket) {
    this.#deps = deps
    this.#socket = socket
    this.#budget = fullBudget(zoneFrameBounds, deps.clock.monotonicMs())
  }

  /** The zone that the connection is in; null for none. */
  get zoneId(): ZoneId | null {
    return this.#in?.hold.zone.zoneId ?? null
  }

  /**
   * Carries out a frame behind those before it, and hands its `value` to `reply` before anything else that follows from it. Rejects with what the client
   * has to hear instead.
   */
  carryOut(frame: ZoneFrame, caller: Caller, reply: (value: unknown) => void): Promise<void> {
    const turn = this.#tail.then(() => this.#carryOut(frame, caller, reply))
    this.#tail = turn.catch(() => undefined)
    return turn
  }

  /** A binary message. Throws what is wrong with it; 'flooding': the connection has to be closed. */
  receive(bytes: Uint8Array): 'taken' | 'flooding' {
    const { budget, verdict } = spendFrame(this.#budget, zoneFrameBounds, this.#deps.clock.monotonicMs())
    this.#budget = budget
    if (verdict === 'over') this.#deps.metrics.positionCame('over')
    if (verdict !== 'taken') return verdict === 'flooding' ? 'flooding' : 'taken'
    let kind: ReturnType<typeof clientFrameOf>
    try {
      kind = clientFrameOf(bytes)
    } catch (error) {
      this.#deps.metrics.positionCame('refused')
      throw error
    }
    if (!this.#in) {
      this.#deps.metrics.positionCame('outside')
      // Under way when the player was taken out: nothing that a client could have known.
      return 'taken'
    }
    const { hold, player } = this.#in
    if (kind === 'position') hold.zone.moved(player, bytes)
    else player.lost()
    return 'taken'
  }

  /** The connection is gone. */
  end(): void {
    this.#isOver = true
    this.#leave(null)
  }

  tell(frame: ServerFrame): void {
    this.#socket.tell(frame)
  }

  show(frame: Uint8Array): void {
    this.#socket.show(frame)
  }

  waitingBytes(): number {
    return this.#socket.waitingBytes()
  }

  tooSlow(): void {
    this.#socket.close('SLOW_CONSUMER')
  }

  leftZone(player: ZonePlayerCarrier, reason: ZoneLeftReason): void {
    if (this.#in?.player !== player) return
    const { hold } = this.#in
    this.#in = null
    hold.release()
    this.tell({ type: 'zone_left', zone_id: hold.zone.zoneId, reason })
  }

  #carryOut(frame: ZoneFrame, caller: Caller, reply: (value: unknown) => void): Promise<void> | void {
    if (this.#isOver) return
    switch (frame.type) {
      case 'zone_enter':
        return this.#enter(frame, caller, reply)
      case 'zone_leave':
        this.#require(frame.zone_id)
        this.#leave('left')
        reply(null)
        return
      case 'zone_signal':
        this.#signal(frame)
        reply(null)
        return
      case 'zone_positions':
        return this.#positions(frame, caller, reply)
    }
  }

  async #enter(frame: FrameOf<'zone_enter'>, caller: Caller, reply: (value: unknown) => void): Promise<void> {
    const hold = await this.#deps.zones.open(frame.zone_id)
    try {
      const wider = await hold.atDoor(caller.userId)
      if (this.#isOver) throw new AppError('RETRY_LATER')
      const { zone, plan } = hold
      const place = placeIn(plan, frame)
      if (plan.isClosed) throw new AppError('ZONE_CLOSED')
      if (zone.standingOf(caller.userId, wider).isBanned) throw new AppError('BANNED')
      // Whoever is in it already only takes another place.
      if (plan.isFull && !zone.playerOf(caller.userId)) throw new AppError('ZONE_FULL')
      this.#leave('replaced')
      await new Promise<void>((resolve, reject) => {
        const player = zone.enter({
          ...{
            userId: caller.userId,
            name: frame.username ?? caller.name,
            party: frame.party ?? 0,
            ...{ place, wider },
            client: this,
          },
          entered: () => {
            reply(zoneEntered(zone.plan, player))
            if (player.standing.isMuted || player.standing.isDeafened) zone.tellStanding(player)
            resolve()
          },
          refused: (code) => reject(new AppError(code)),
        })
        this.#in = { hold, player }
      })
    } catch (error) {
      if (this.#in?.hold === hold) this.#in = null
      hold.release()
      throw error
    }
  }

  /** Out of the zone; the client is told but for `null`. */
  #leave(reason: ZoneLeftReason | null): void {
    if (!this.#in) return
    const { hold, player } = this.#in
    // By `leftZone`, but where nobody is told.
    if (reason !== null) hold.zone.leave(player, reason)
    else {
      this.#in = null
      hold.zone.leave(player, null)
      hold.release()
    }
  }

  #signal({ type: _type, id: _id, zone_id: zoneId, to, ...sent }: FrameOf<'zone_signal'>): void {
    const { hold, player } = this.#require(zoneId)
    const body = checkedSignal(sent)
    if (!player.maySignal(to)) throw new AppError('NOT_IN_EARSHOT')
    if (!hold.send(player.route, { type: 'signal', from: player.number, to, body })) throw new AppError('RETRY_LATER')
  }

  async #positions(
    { zone_id: zoneId, places }: FrameOf<'zone_positions'>,
    caller: Caller,
    reply: (value: unknown) => void,
  ): Promise<void> {
    if (!caller.privileges.includes('service')) throw new AppError('FORBIDDEN')
    const hold = await this.#deps.zones.open(zoneId)
    try {
      const { zone, plan } = hold
      reply({ here: zone.placed(places.map((at) => ({ userId: at.user_id, ...placeIn(plan, at) }))) })
    } finally {
      hold.release()
    }
  }

  #require(zoneId: ZoneId) {
    if (this.#in?.hold.zone.zoneId !== zoneId) throw new AppError('NOT_IN_ZONE')
    return this.#in
  }
}

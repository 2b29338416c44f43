import type { CallRecords } from '../../persistence/call-records/port.ts'
import type { ClientFrame } from '../../protocol/client/frames.ts'
import { commandId, type CommandId, type ConnectionId, type RoomId, type SessionId } from '../../protocol/ids.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Clock, Random, Timers } from '../../protocol/ports.ts'
import type { Signal } from '../../protocol/room/commands.ts'
import type { StageCommand } from '../../protocol/room/stage.ts'
import { checkedSignal } from '../../protocol/signaling/checked-signal.ts'
import { principal } from '../acting-user.ts'
import { hashOfToken, type Caller, type InviteTokens } from '../auth/index.ts'
import type { Client } from '../client-address.ts'
import type { Ice } from '../ice.ts'
import type { Door } from '../door.ts'
import type { GatewayMetrics } from '../metrics.ts'
import { inviteCommand } from '../new-invite.ts'
import { signalFacts } from '../signal-facts.ts'
import { factsOf } from '../quality/reports.ts'
import type { RoomPasswords } from '../room-passwords.ts'
import type { Done, Rooms } from '../rooms.ts'
import type { Broadcasts } from './broadcasts.ts'
import type { CarriedRooms } from './carried-rooms.ts'
import { moderationCommand, type ModerationFrame } from './moderation-commands.ts'
import { CarriedSession, type SessionCarrier } from './session-table.ts'

/** Frames that a room answers. */
export type RoomFrame = Extract<
  ClientFrame,
  {
    type:
      | 'join'
      | 'attach'
      | 'leave'
      | 'signal'
      | 'set_flags'
      | 'transmit'
      | 'set_volume'
      | ModerationFrame['type']
      | StageCommand['type']
      | 'set_role'
      | 'transfer_ownership'
      | 'create_invite'
      | 'accept_invite'
  }
>
type FrameOf<Type extends RoomFrame['type']> = Extract<RoomFrame, { type: Type }>

type SignalOf = Omit<Signal, 'session_id' | 'connection_id' | 'signal_seq'>

/** How long a signal waits for a room that has lost its owner. Longer than that takes, ms. */
const signalPatienceMs = 5_000
const unattachedPauseMs = 25

export interface RoomCommandsDeps {
  readonly rooms: Rooms
  readonly door: Door
  readonly passwords: RoomPasswords
  readonly inviteTokens: InviteTokens
  readonly random: Random
  readonly clock: Clock
  readonly timers: Timers
  readonly metrics: GatewayMetrics
  readonly calls: CallRecords
  readonly ice: Ice
}

/** Turns the frames of one connection into commands of rooms. */
export class RoomCommands {
  readonly #deps: RoomCommandsDeps
  readonly #carried: CarriedRooms
  readonly #broadcasts: Broadcasts
  readonly #carrier: SessionCarrier
  readonly #client: Client
  readonly #source: () => ConnectionId

  constructor(
    deps: RoomCommandsDeps,
    carried: CarriedRooms,
    broadcasts: Broadcasts,
    carrier: SessionCarrier,
    client: Client,
    source: () => ConnectionId,
  ) {
    this.#deps = deps
    this.#carried = carried
    this.#broadcasts = broadcasts
    this.#carrier = carrier
    this.#client = client
    this.#source = source
  }

  /**
   * Carries one frame to its room, and hands the outcome to `reply` once it is known; what has to follow the answer (a
   * joined seat is announced) is done behind it. Rejects with what the client has to hear instead.
   */
  carryOut(frame: RoomFrame, caller: Caller, reply: (done: Done<unknown>) => void): Promise<void> {
    switch (frame.type) {
      case 'join':
        return this.#carried.claiming(frame.room_id, () => this.#join(frame, caller, reply))
      case 'attach':
        return this.#carried.claiming(frame.room_id, () => this.#attach(frame, caller, reply))
      case 'leave':
        return this.#leave(frame, caller, reply)
      case 'signal':
        return this.#signal(frame, caller, reply)
      case 'set_flags':
        return this.#setFlags(frame, caller, reply)
      case 'set_volume':
        return this.#setVolume(frame, caller).then(reply)
      case 'transmit':
        return this.#transmit(frame, caller).then(reply)
      case 'create_invite':
        return this.#createInvite(frame, caller).then(reply)
      case 'accept_invite':
        return this.#acceptInvite(frame, caller).then(reply)
      case 'set_role':
      case 'transfer_ownership':
      case 'request_to_speak':
      case 'withdraw_request':
      case 'invite_to_stage':
      case 'accept_stage_invite':
      case 'decline_stage_invite':
      case 'leave_stage':
      case 'remove_from_stage':
      case 'grant_voice':
      case 'revoke_voice': {
        const { id: _, room_id: roomId, ...wanted } = frame
        return this.#deps.rooms.ask(roomId, { ...wanted, by: principal(caller) }, this.#options(frame)).then(reply)
      }
      case 'mute':
      case 'unmute':
      case 'deafen':
      case 'undeafen':
      case 'kick':
      case 'ban':
      case 'unban':
      case 'mute_all':
      case 'unmute_all': {
        const command = moderationCommand(frame, principal(caller))
        return this.#deps.rooms.ask(frame.room_id, command, this.#options(frame)).then(reply)
      }
    }
  }

  async #createInvite(frame: FrameOf<'create_invite'>, caller: Caller): Promise<Done<unknown>> {
    const { commandId: id } = this.#options(frame)
    const made = this.#deps.inviteTokens.of(id)
    const command = inviteCommand(principal(caller), made, frame)
    const done = await this.#deps.rooms.ask(frame.room_id, command, { commandId: id })
    return { ...done, value: { ...done.value, token: made.token } }
  }

  #acceptInvite(frame: FrameOf<'accept_invite'>, caller: Caller): Promise<Done<unknown>> {
    const command = {
      type: 'accept_invite',
      by: principal(caller),
      user_id: caller.userId,
      token_hash: hashOfToken(frame.token),
    } as const
    return this.#deps.door.accept(frame.room_id, command, this.#options(frame))
  }

  async #join(frame: FrameOf<'join'>, caller: Caller, reply: (done: Done<unknown>) => void): Promise<void> {
    const { room_id: roomId, speaks_from: speaksFrom = null } = frame
    if (speaksFrom !== null) await this.#broadcasts.permit(speaksFrom, caller)
    const done = await this.#deps.door.join(
      roomId,
      {
        type: 'join',
        by: principal(caller),
        user_id: caller.userId,
        username: frame.username ?? caller.name,
        session_id: this.#deps.random.uuid() as SessionId,
        ...(speaksFrom === null
          ? {
              password_hash: await this.#deps.passwords.check(roomId, frame.password, {
                user: caller.userId,
                address: this.#client.address,
              }),
            }
          : { password_hash: null, speaks_from: speaksFrom }),
      },
      this.#options(frame),
    )
    reply({ ...done, value: { ...done.value, ice: this.#deps.ice.forRoom(caller.userId, done.value) } })
    // A join sent twice is answered with the seat of the first one.
    const ids = { id: done.value.session_id, roomId, userId: caller.userId, speaksFrom }
    await this.#carried.carryNew(new CarriedSession(ids, this.#carrier, done.at))
    if (speaksFrom !== null) this.#broadcasts.begin(speaksFrom)
  }

  async #attach(frame: FrameOf<'attach'>, caller: Caller, reply: (done: Done<unknown>) => void): Promise<void> {
    const { speaks_from: speaksFrom = null } = frame
    if (speaksFrom !== null) await this.#broadcasts.permit(speaksFrom, caller)
    const ids = { id: frame.session_id, roomId: frame.room_id, userId: caller.userId, speaksFrom }
    const done = await this.#carried.takeOver(ids, frame.since ?? null, frame.signals_heard ?? [])
    // Where its signals are counted from is the gateway's own business.
    const { last_signal_seq: _, ...value } = done.value
    reply({ ...done, value })
    if (speaksFrom !== null) this.#broadcasts.begin(speaksFrom)
  }

  async #leave(frame: FrameOf<'leave'>, caller: Caller, reply: (done: Done<unknown>) => void): Promise<void> {
    const session = this.#carried.get(frame.room_id)
    const command = {
      type: 'leave',
      by: principal(caller),
      user_id: caller.userId,
      ...(session ? { session_id: session.id } : {}),
    } as const
    const options = { ...this.#options(frame), ...(session ? { unsubscribe: session.id } : {}) }
    reply(await this.#deps.rooms.ask(frame.room_id, command, options))
    if (session) this.#carried.forget(session)
  }

  async #signal(frame: FrameOf<'signal'>, caller: Caller, reply: (done: Done<unknown>) => void): Promise<void> {
    const { id: _, room_id: roomId, ...sent } = frame
    const session = this.#carried.require(roomId)
    const message = checkedSignal(sent)
    const done = await this.#carrySignal(session, { ...message, from_user: caller.userId }, this.#options(frame))
    this.#deps.metrics.signalAccepted()
    this.#deps.metrics.candidatesDropped(done.value.dropped_candidates)
    this.#deps.calls.signal(signalFacts(factsOf(session), message, done.value))
    reply(done)
  }

  /**
   * A room that does not know this connection yet has a new owner, and hears first, with the session's attach, what is kept here: the
   * signal waits for that.
   */
  async #carrySignal(session: CarriedSession, signal: SignalOf, options: { readonly commandId: CommandId }) {
    const { clock, rooms, metrics, timers } = this.#deps
    const untilMs = clock.monotonicMs() + signalPatienceMs
    for (;;) {
      const leftMs = untilMs - clock.monotonicMs()
      const seq = session.signals.next
      const command = {
        ...signal,
        ...{ session_id: session.id, connection_id: this.#carrier.id },
        ...(seq === undefined ? {} : { signal_seq: seq }),
      }
      try {
        const done = await rooms.ask(session.roomId, command, { ...options, deadlineMs: leftMs })
        const { delivered_to: to_session, signal_seq } = done.value
        const { type: _type, from_user: _from, to_user: _to, ...body } = signal
        metrics.signalsLetGo(session.signals.keep({ ...body, to_session, signal_seq }))
        return done
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        if (error.code === 'OUTCOME_UNKNOWN') session.signals.skip()
        const isCarried = this.#carried.get(session.roomId) === session
        if (error.code !== 'RETRY_LATER' || !isCarried || leftMs <= 2 * unattachedPauseMs) throw error
        await new Promise<void>((resolve) => void timers.after(unattachedPauseMs, resolve))
      }
    }
  }

  async #setFlags(frame: FrameOf<'set_flags'>, caller: Caller, reply: (done: Done<unknown>) => void): Promise<void> {
    const session = this.#carried.require(frame.room_id)
    const command = {
      type: 'set_flags',
      user_id: caller.userId,
      session_id: session.id,
      flags: frame.flags,
    } as const
    // Kept before the room has them: if its owner dies with this command, the next owner hears them by `attach`.
    session.flags = { ...session.flags, ...frame.flags }
    reply(await this.#deps.rooms.ask(frame.room_id, command, this.#options(frame)))
  }

  async #setVolume(frame: FrameOf<'set_volume'>, caller: Caller): Promise<Done<unknown>> {
    const { room_id: roomId, target_user_id, volume } = frame
    const session = this.#carried.require(roomId)
    const command = {
      type: 'set_volume',
      user_id: caller.userId,
      session_id: session.id,
      ...{ target_user_id, volume },
    } as const
    const done = await this.#deps.rooms.ask(roomId, command, this.#options(frame))
    const volumes = new Map(session.volumes ?? [])
    if (volume === 100) volumes.delete(target_user_id)
    else volumes.set(target_user_id, volume)
    session.volumes = volumes
    return done
  }

  /** Every room is told under the session's own source, which keeps the order in which it was said. */
  #transmit(frame: FrameOf<'transmit'>, caller: Caller): Promise<Done<unknown>> {
    const session = this.#carried.require(frame.room_id)
    return this.#carried.target.change(
      session,
      () => this.#carried.others(session),
      frame,
      ({ roomId, id, transmit }) =>
        this.#deps.rooms.ask(
          roomId,
          { type: 'set_transmit', by: principal(caller), session_id: id, transmit: transmit ?? { to: 'room' } },
          { commandId: this.#carried.ownCommand(id) },
        ),
    )
  }

  #options({ id }: { readonly id: number; readonly room_id: RoomId }): { readonly commandId: CommandId } {
    return { commandId: commandId(this.#source(), id) }
  }
}

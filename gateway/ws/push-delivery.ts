import type { EnginePush, IncomingPush } from '../../cluster/routing/port.ts'
import type { ServerFrame } from '../../protocol/client/frames.ts'
import { AppError, errorBody, errorRow } from '../../protocol/errors.ts'
import { idOf, type RoomId, type SessionId } from '../../protocol/ids.ts'
import type { Logger } from '../../protocol/ports.ts'
import type { PresenceView, PublicRoomEvent, RoomPush, RoomSnapshotView } from '../../protocol/room/view.ts'
import type { GatewayMetrics } from '../metrics.ts'
import { touchesLead } from './broadcasts.ts'
import type { SignalAcks } from './signal-acks.ts'
import type { CarriedSession, SessionTable } from './session-table.ts'

type RoomBody = EnginePush | RoomPush
type SignalPush = Extract<RoomPush, { type: 'signal' }>
type Missed = Extract<EnginePush, { type: 'missed' }>

const tooLarge = new AppError('TOO_LARGE')

/** Turns what a room pushes into frames for the sockets that carry the sessions it is for. */
export class PushDelivery {
  readonly #sessions: SessionTable
  readonly #acks: SignalAcks
  readonly #metrics: GatewayMetrics
  readonly #logger: Logger

  constructor(sessions: SessionTable, acks: SignalAcks, metrics: GatewayMetrics, logger: Logger) {
    this.#acks = acks
    this.#sessions = sessions
    this.#metrics = metrics
    this.#logger = logger
  }

  /** Never throws: a push that cannot be delivered is logged, and the others go on. */
  deliver(push: IncomingPush): void {
    try {
      this.#expand(push)
    } catch (err) {
      this.#logger.error({ key: push.key, err }, 'push.not_delivered')
    }
  }

  #expand(push: IncomingPush): void {
    // Made by our own nodes over an authenticated link: taken as it is.
    const body = push.body as RoomBody
    if (body.type === 'missed') {
      this.#catchUp(push, body)
      return
    }
    if (body.type === 'signals_confirmed') {
      for (const { session_id: id, signal_seq: seq } of body.senders) {
        this.#sessions.get(id)?.signals.confirmed(body.by, seq)
      }
      return
    }
    const receivers = this.#receivers(push)
    if (receivers.length === 0) return
    const at = { room_id: idOf(push.key) as RoomId, epoch: push.at.epoch, seq: push.at.seq }
    switch (body.type) {
      case 'events':
        sendToAll(receivers, { type: 'events', events: body.events as readonly PublicRoomEvent[], ...at })
        minding(receivers, body.events as readonly PublicRoomEvent[])
        return
      case 'presence':
        sendToAll(receivers, { type: 'presence', participant: body.participant, ...at })
        return
      case 'signal':
        sendToAll(
          receivers.filter((session) => this.#isFresh(session, body)),
          { ...body, ...at },
        )
        return
      case 'links':
        // Kept: an owner that takes the room over hears them by `attach`.
        for (const session of receivers) session.links = body.links
        sendToAll(receivers, { ...body, ...at })
        return
      case 'room_ending':
        sendToAll(receivers, { type: 'room_ending', ends_at: body.ends_at, ...at })
        return
      case 'snapshot':
        for (const session of receivers) {
          const view = body.snapshot as RoomSnapshotView
          // Kept: an owner that takes the room over hears them by `attach`.
          if ('volumes' in view && view.volumes.length > 0) {
            session.volumes = new Map(view.volumes.map(({ user_id: id, volume }) => [id, volume]))
          }
          sendToAll([session], { type: 'snapshot', session_id: session.id, ...view, ...at })
          // What led to it was not told one by one.
          if (session.leads) session.carrier.leadTouched(session)
        }
        return
      case 'too_large': {
        const { code } = tooLarge
        const error = errorBody(tooLarge, push.key)
        this.#metrics.refused(code)
        sendToAll(receivers, { type: 'error', room_id: at.room_id, retry: errorRow(code).retry, error })
        return
      }
      case 'session_ended':
        for (const session of receivers) session.carrier.sessionEnded(session, body.reason)
        return
      default:
        this.#logger.warn({ key: push.key, type: (body as { type: unknown }).type }, 'push.unknown')
    }
  }

  /** By its number; of one that the client confirmed before, the room has not heard, or forgotten it with its owner. */
  #isFresh(session: CarriedSession, { from_session: from, signal_seq: seq }: SignalPush): boolean {
    const heard = session.hearing.hear(from, seq)
    if (heard !== 'fresh') this.#metrics.signalRepeated()
    if (heard === 'confirmed') this.#acks.note(session)
    return heard === 'fresh'
  }

  /** To each what it has not heard of what it missed, and where it stands now: the epoch may be new, and the flags are. */
  #catchUp({ key, at, sessions }: IncomingPush, { entries, beside }: Missed): void {
    const roomId = idOf(key) as RoomId
    for (const id of sessions) {
      const session = this.#sessions.get(id)
      if (!session) continue
      for (const missed of entries) {
        if (!session.advanceToMissed(missed.at)) continue
        const events = missed.events as readonly PublicRoomEvent[]
        sendToAll([session], { type: 'events', events, room_id: roomId, ...missed.at })
        minding([session], events)
      }
      if (!session.advance(at)) this.#metrics.stalePush()
      else {
        const participants = beside as readonly PresenceView[]
        sendToAll([session], { type: 'caught_up', session_id: id, participants, room_id: roomId, ...at })
      }
    }
  }

  /** The sessions that are carried here and have not seen anything newer. */
  #receivers({ sessions, at }: IncomingPush): CarriedSession[] {
    const carried = sessions.map((id: SessionId) => this.#sessions.get(id)).filter((session) => session !== undefined)
    return carried.filter((session) => {
      const fresh = session.advance(at)
      if (!fresh) this.#metrics.stalePush()
      return fresh
    })
  }
}

/** Whoever speaks from the room into others has to be asked about anew where that was touched. */
function minding(receivers: readonly CarriedSession[], events: readonly PublicRoomEvent[]): void {
  for (const session of receivers) {
    if (session.leads && touchesLead(events, session)) session.carrier.leadTouched(session)
  }
}

/** Encodes once, however many receive it. */
function sendToAll(receivers: readonly CarriedSession[], frame: ServerFrame): void {
  const text = JSON.stringify(frame)
  const message = receivers.length === 1 ? text : Buffer.from(text)
  for (const { carrier } of receivers) carrier.deliver(message)
}

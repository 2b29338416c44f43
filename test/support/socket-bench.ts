import { Registry } from 'prom-client'
import { AppError } from '../../protocol/errors.ts'
import { roomKey, type RoomId, type SessionId, type UserId } from '../../protocol/ids.ts'
import { countingRandom, ManualTime, settle } from './manual-time.ts'
import { ok, ScriptedRouter } from './scripted-router.ts'
import { testLimits } from './limits.ts'
import { KeptCalls } from './kept-calls.ts'
import { silentLogger } from './silent-logger.ts'
import { Ice, type IceOptions } from '../../gateway/ice.ts'
import { createInviteTokens, createResumeTokens, type Caller } from '../../gateway/auth/index.ts'
import { createGatewayMetrics } from '../../gateway/metrics.ts'
import type { Limits } from '../../gateway/limits/index.ts'
import { QualityReports } from '../../gateway/quality/reports.ts'
import { RoomPasswords } from '../../gateway/room-passwords.ts'
import { Door } from '../../gateway/door.ts'
import { Rooms } from '../../gateway/rooms.ts'
import { Connection, type ConnectionDeps } from '../../gateway/ws/connection.ts'
import { frameBounds } from '../../gateway/ws/frame-budget.ts'
import { PushDelivery } from '../../gateway/ws/push-delivery.ts'
import { SignalAcks } from '../../gateway/ws/signal-acks.ts'
import { SessionTable } from '../../gateway/ws/session-table.ts'

export const roomId = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId
export const key = roomKey(roomId)
export const session = '11111111-1111-4111-8111-111111111111' as SessionId
export const snapshot = {
  room: { room_id: roomId, effective_settings: { ice_policy: 'all' } },
  participants: [],
  sanctions: [],
}
export const joined = (id: SessionId = session, seq = 1) =>
  ok({ session_id: id, role: 'member', snapshot }, { epoch: 1, seq })

/** A frame as a client reads it. */
export interface Frame {
  readonly type: string
  readonly [field: string]: unknown
}

/** A gateway without a network: connections of it share its router and its sessions. */
export class SocketBench {
  readonly time = new ManualTime()
  zones: ConnectionDeps['zones'] = { open: () => Promise.reject(new AppError('ZONE_NOT_FOUND')) }
  readonly router = new ScriptedRouter()
  readonly sessions = new SessionTable()
  readonly registry = new Registry()
  readonly metrics = createGatewayMetrics(this.registry)
  readonly random = countingRandom()
  readonly rooms = new Rooms(this.router)
  readonly acks = new SignalAcks({
    ...{ rooms: this.rooms, sessions: this.sessions, random: this.random },
    ...{ timers: this.time, logger: silentLogger },
  })
  readonly pushes = new PushDelivery(this.sessions, this.acks, this.metrics, silentLogger)
  readonly resumeTokens = createResumeTokens('a-secret-of-a-cluster', this.time)
  /** Tokens are `<user>` or `<user>:<seconds of life>`; `bad` is refused, and `game` is a service. */
  readonly revoked = new Set<string>()
  readonly auth = {
    isRevoked: ({ userId }: Caller) => this.revoked.has(userId),
    verify: (token: string | undefined): Promise<Caller> => {
      if (!token || token === 'bad') return Promise.reject(new AppError('TOKEN_INVALID'))
      const [user = '', life = '3600'] = token.split(':')
      return Promise.resolve({
        userId: user as UserId,
        name: user.toUpperCase(),
        privileges: user === 'game' ? ['service'] : [],
        guilds: [],
        expiresAtMs: this.time.wallMs() + Number(life) * 1_000,
        issuedAtMs: null,
        jti: null,
      })
    },
  }

  readonly calls = new KeptCalls()
  limits: Limits = testLimits()
  socketFps = 10_000
  ice: IceOptions = { stunServers: [], turnServers: [] }

  connect() {
    const heard: Frame[] = []
    const shown: Uint8Array[] = []
    const socket = { closed: null as { code: number; reason: string } | null, behind: false, waiting: 0 }
    const { router, sessions, random, metrics, auth, resumeTokens, time, calls } = this
    const passwords = new RoomPasswords({
      hasher: { hash: (plain) => Promise.resolve(plain), verify: (hashed, plain) => Promise.resolve(hashed === plain) },
      rooms: { passwordHash: () => Promise.resolve('sesame') },
      limits: this.limits,
      onWaiting: () => undefined,
    })
    const connection = new Connection(
      {
        ...{ calls, quality: new QualityReports({ sessions, calls, metrics, clock: time }) },
        ...{ router, sessions, random, metrics, auth, resumeTokens, passwords, logger: silentLogger },
        limits: this.limits,
        frameBounds: frameBounds(this.socketFps),
        inviteTokens: createInviteTokens('a-secret'),
        rooms: this.rooms,
        door: new Door({ rooms: this.rooms, sanctions: { widerOn: () => Promise.resolve([]) } }),
        acks: this.acks,
        clock: time,
        timers: time,
        ice: new Ice(this.ice, time),
        zones: this.zones,
      },
      {
        send(message) {
          heard.push(JSON.parse(Buffer.from(message as string).toString()) as Frame)
          return socket.behind ? 'behind' : 'sent'
        },
        sendBinary(bytes) {
          shown.push(bytes.slice())
          return socket.behind ? 'behind' : 'sent'
        },
        waitingBytes: () => socket.waiting,
        end: (code, reason) => void (socket.closed ??= { code, reason }),
      },
      { address: '198.51.100.1', isSecure: false },
    )
    const bytes = (text: string) => new Uint8Array(Buffer.from(text)).buffer
    const say = async (...frames: readonly unknown[]) => {
      for (const frame of frames) connection.receive(bytes(typeof frame === 'string' ? frame : JSON.stringify(frame)))
      await settle()
    }
    const last = () => heard.at(-1)
    const codes = () =>
      heard.filter(({ type }) => type === 'error').map((frame) => (frame['error'] as { code: string }).code)
    return { connection, heard, shown, socket, say, last, codes }
  }

  /** A connection that has said hello and joined the room. */
  async seated(user = 'ann', id = session) {
    this.router.on('join', () => joined(id))
    const client = this.connect()
    await client.say({ type: 'hello', token: user }, { type: 'join', id: 1, room_id: roomId })
    return client
  }
}

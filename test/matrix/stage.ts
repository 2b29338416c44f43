import { randomUUID } from 'node:crypto'
import type { TSchema } from '@sinclair/typebox'
import { ServerFrame } from '../../protocol/client/frames.ts'
import { replyValues } from '../../protocol/client/reply-values.ts'
import { decoder, type Decoder } from '../../protocol/codec.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import { ErrorShape } from '../../protocol/error-shape.ts'
import { errorsOfCall } from '../../protocol/http/call-errors.ts'
import type { AnyEndpoint } from '../../protocol/http/endpoint.ts'
import { strict } from '../../protocol/tagged-union.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { openHeap } from '../support/live-heap.ts'
import { signTestToken } from '../support/tokens.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import {
  guild,
  hasSeat,
  isPrivileged,
  outcast,
  roomStates,
  seated,
  target,
  type Outcome,
  type Person,
  type RoomStateName,
} from './people.ts'
import type { Row } from './table.ts'

const attemptsMax = 10

/** A room with its people in their seats. */
export interface Scene {
  readonly roomId: string
  readonly sessions: ReadonlyMap<string, string>
  /** One that is open to everybody, made by a service. */
  readonly invite: { readonly id: string; readonly token: string }
}

/** Nobody is refused for asking often, and no seat lapses while a cell waits for its turn. */
const patientSettings = {
  ...{ RATE_LIMIT_RPM: '1000000', RATE_LIMIT_SIGNALING_RPM: '1000000', RATE_LIMIT_IP_RPM: '10000000' },
  ...{ RATE_LIMIT_SERVICE_RPM: '10000000', RATE_LIMIT_PASSWORD_RPM: '1000000', RATE_LIMIT_SOCKET_FPS: '100000' },
  JOIN_GRACE_S: '600',
  ...openHeap,
}

export const startPatientCluster = (): Promise<TestCluster> =>
  startCluster({ gateways: 1, nodes: 1, env: patientSettings, readyMs: 90_000 })

/** One that was never asked for: its answers are those of any other. */
const noExport = '5a3c1f0e-7d42-4c9b-8a51-2f6e0d9b7c12'

const decodeError = decoder(strict({ error: ErrorShape }))
const decodeFrame = decoder(ServerFrame)
const valueDecoders = new Map<string, Decoder<unknown>>(
  Object.entries(replyValues as Readonly<Record<string, TSchema>>).map(([type, value]) => [type, decoder(value)]),
)
const replyDecoders = new WeakMap<AnyEndpoint, Decoder<unknown>>()

function decodeReply(endpoint: AnyEndpoint, body: unknown): void {
  if (!endpoint.reply) return
  const decode = replyDecoders.get(endpoint) ?? decoder(endpoint.reply)
  replyDecoders.set(endpoint, decode)
  decode(body)
}

/** Rooms, people and their tries, on a running cluster. Whatever is answered is held against the schema of that answer. */
export class Stage {
  readonly #cluster: TestCluster
  readonly #shared = new Map<RoomStateName, Promise<Scene>>()
  /** Answers so far, and how many of them were refusals for asking too often. */
  readonly answers = { all: 0, rateLimited: 0 }

  constructor(cluster: TestCluster) {
    this.#cluster = cluster
  }

  /** A token of that person; none for `anonymous`. */
  token(person: string): string | undefined {
    if (person === 'anonymous') return undefined
    if (person === 'admin' || person === 'service') return this.#cluster.token(person, [person])
    if (person !== 'expired') return this.#cluster.token(person)
    const secret = this.#cluster.env['JWT_SECRET'] ?? ''
    return signTestToken(secret, person, [], { exp: Math.floor(Date.now() / 1_000) - 600 })
  }

  /** The one room of that kind that nobody changes. */
  shared(state: RoomStateName): Promise<Scene> {
    const there = this.#shared.get(state) ?? this.scene(state)
    this.#shared.set(state, there)
    return there
  }

  /** A fresh room of that kind. */
  async scene(state: RoomStateName): Promise<Scene> {
    const made = await this.#done('POST', '/api/v1/rooms', { name: state, owner_id: 'owner', ...roomStates[state] })
    const roomId = String(made['room_id'])
    const room = `/api/v1/rooms/${roomId}`
    const sessions = new Map<string, string>()
    for (const user of seated) {
      const seat = await this.#done('POST', `${room}/join`, { user_id: user })
      sessions.set(user, String(seat['session_id']))
    }
    const of = (user: string, what: string) => `${room}/participants/${user}/${what}`
    await this.#done('PUT', of('moderator', 'role'), { role: 'moderator' })
    await this.#done('POST', of('listener', 'mute'), {})
    await this.#done('POST', of('banned', 'ban'), {})
    await this.#done('POST', of(outcast, 'ban'), {})
    await this.#done('POST', of(target, 'mute'), {})
    await this.#done('POST', of(target, 'deafen'), {})
    await this.#done('POST', `${room}/mute-all`, {})
    if (state === 'announcement') {
      await this.#done('POST', of(target, 'stage/invite'), {})
      await this.#done('POST', `${room}/stage/accept`, { user_id: target })
    }
    const invite = await this.#done('POST', `${room}/invites`, { max_uses: 100 })
    // On somebody who has the room's id for a name, and is nowhere.
    await this.#done('PUT', `/api/v1/users/${roomId}/sanctions/mute`, {})
    await this.#done('PUT', `/api/v1/guilds/${guild}/users/${roomId}/sanctions/ban`, {})
    if (state === 'closed') await this.#done('DELETE', room)
    return { roomId, sessions, invite: { id: String(invite['invite_id']), token: String(invite['token']) } }
  }

  /** One REST call of that person. */
  async call(endpoint: AnyEndpoint, row: Row, person: Person, scene: Scene): Promise<Outcome> {
    const { sessions } = scene
    const raid = endpoint.path.includes('{raidId}') ? await this.#raid() : null
    const path = pathIn(scene, endpoint, row, await this.#webhook(endpoint, person))
      .replace('{raidId}', raid ?? '')
      .replace('{exportId}', noExport)
      .replace('{zoneId}', endpoint.path.includes('{zoneId}') ? await this.#zone() : '')
    const session = row.needs === 'seat' ? { session_id: sessions.get(person) ?? randomUUID() } : {}
    const body = row.body || row.needs === 'seat' ? { ...session, ...row.body } : undefined
    const answer = await this.#call(endpoint.method, `${path}${row.query ?? ''}`, this.token(person), body)
    // Nobody plans more raids than may be, however many cells there are.
    if (raid !== null) await this.#call('DELETE', `/api/v1/raids/${raid}`, this.token('service'), {})
    this.answers.all += 1
    if (answer.status === 429) this.answers.rateLimited += 1
    if (answer.status === endpoint.status) {
      decodeReply(endpoint, answer.body)
      return 'ok'
    }
    const { code } = decodeError(answer.body).error
    if (!errorsOfCall(endpoint).includes(code)) throw new Error(`${endpoint.name} does not say that it answers ${code}`)
    return code
  }

  /** One of their own for those who may look after it, with a delivery: there may be few. */
  async #webhook({ path }: AnyEndpoint, person: Person): Promise<WebhookIds> {
    if (!path.includes('{webhookId}') || !isPrivileged(person)) return { id: randomUUID(), delivery: randomUUID() }
    const made = await this.#done('POST', '/api/v1/webhooks', { url: 'http://127.0.0.1:9/', enabled: false })
    const id = String(made['webhook_id'])
    const sent = await this.#done('POST', `/api/v1/webhooks/${id}/test`)
    return { id, delivery: String(sent['delivery_id']) }
  }

  /** One frame of that person, on a socket of its own that carries their seat where they have one. */
  async send(type: string, row: Row, person: Person, scene: Scene): Promise<Outcome> {
    const socket = await VoiceSocket.open(this.#cluster.gateway(0).ws)
    try {
      const outcome = await this.#sendOn(socket, type, row, person, scene)
      this.answers.all += 1
      if (outcome === 'RATE_LIMITED') this.answers.rateLimited += 1
      for (const frame of socket.frames) decodeFrame(frame)
      return outcome
    } finally {
      socket.close()
    }
  }

  async #sendOn(
    socket: VoiceSocket,
    type: string,
    row: Row,
    person: Person,
    { roomId, sessions, invite }: Scene,
  ): Promise<Outcome> {
    // Without a token there is no way to say hello but an empty one.
    socket.send({ type: 'hello', token: this.token(person) ?? '' })
    const welcomed = await socket.heard('welcome').catch(() => null)
    if (!welcomed) return codeOf(socket.frames.find((frame) => frame.type === 'error'))
    if (type === 'hello') return 'ok'
    if (type === 'reauth') return outcomeOf(await this.#reauth(socket, person))
    if (type !== 'ping') {
      const session = sessions.get(person) ?? randomUUID()
      if (row.needs === 'seat' && type !== 'attach' && hasSeat(person)) {
        await socket.command({ type: 'attach', room_id: roomId, session_id: session })
      }
      const frame = { type, room_id: roomId, ...row.body, ...(type === 'attach' ? { session_id: session } : {}) }
      if (row.needs === 'invite') Object.assign(frame, { token: invite.token })
      if (!row.silent) return this.#answered(type, await socket.command(frame))
      socket.send(frame)
    }
    socket.send({ type: 'ping' })
    await socket.heard('pong')
    return codeOrOk(socket.frames.find((frame) => frame.type === 'error'))
  }

  #answered(type: string, answer: Readonly<Record<string, unknown>>): Outcome {
    if (answer['type'] === 'reply') valueDecoders.get(type)?.(answer['value'])
    return outcomeOf(answer)
  }

  async #reauth(socket: VoiceSocket, person: Person) {
    socket.send({ type: 'reauth', id: 1, token: this.token(person) })
    return socket.heard('reauthenticated')
  }

  /** Sent again where the machine is too busy, as a client would. */
  async #call(method: string, path: string, token: string | undefined, body: unknown) {
    const options = {
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body }),
      headers: { 'idempotency-key': randomUUID() },
    }
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#cluster.call(method, path, options).catch((error: unknown) => {
        if (attempt === attemptsMax) throw error
        return null
      })
      if (answer && (!isTransient(answer.status) || attempt === attemptsMax)) return answer
    }
  }

  /** A raid of everybody's that `owner` has made. */
  async #raid(): Promise<string> {
    const starts = new Date(Date.now() + 3_600_000).toISOString()
    const made = await this.#done('POST', '/api/v1/raids', { name: 'a raid', creator_id: 'owner', starts_at: starts })
    return String(made['raid_id'])
  }

  /** A zone in which the target is muted. */
  async #zone(): Promise<string> {
    const made = await this.#done('POST', '/api/v1/zones', { name: 'z', bounds: { width_m: 512, height_m: 512 } })
    const zone = String(made['zone_id'])
    await this.#done('PUT', `/api/v1/zones/${zone}/users/${target}/sanctions/mute`, {})
    return zone
  }

  async #done(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.#call(method, path, this.token('service'), body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return (answer.body ?? {}) as Readonly<Record<string, unknown>>
  }
}

interface WebhookIds {
  readonly id: string
  readonly delivery: string
}

const pathIn = ({ roomId, invite }: Scene, { path }: AnyEndpoint, row: Row, webhook: WebhookIds): string =>
  path
    .replace('{roomId}', roomId)
    .replace('{userId}', row.user === 'scene' ? roomId : (row.user ?? target))
    .replace('{guildId}', guild)
    .replace('{kind}', row.kind ?? 'mute')
    .replace('{inviteId}', invite.id)
    .replace('{webhookId}', webhook.id)
    .replace('{deliveryId}', webhook.delivery)
    .replace('{token}', invite.token)
    .replace('{occurrence}', 'once')
    .replace('{guildId}', 'a-guild')

/** Nothing was decided yet, and the same call under the same key may be sent again. */
const isTransient = (status: number): boolean => status === 503 || status === 504

const codeOf = (frame: unknown): ErrorCode => (frame as { error: { code: ErrorCode } }).error.code
const codeOrOk = (frame: unknown): Outcome => (frame === undefined ? 'ok' : codeOf(frame))
const outcomeOf = (frame: Readonly<Record<string, unknown>>): Outcome =>
  frame['type'] === 'error' ? codeOf(frame) : 'ok'

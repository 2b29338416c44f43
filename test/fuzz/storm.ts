import { randomUUID } from 'node:crypto'
import { Agent, request, type OutgoingHttpHeaders } from 'node:http'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import { typeOf } from '../../protocol/client/asyncapi.ts'
import { clientFrames, ServerFrame } from '../../protocol/client/frames.ts'
import { decoder, type Decoder } from '../../protocol/codec.ts'
import { errorRow, isErrorCode } from '../../protocol/errors.ts'
import { endpoints } from '../../protocol/http/endpoints.ts'
import type { AnyEndpoint } from '../../protocol/http/endpoint.ts'
import type { TestCluster } from '../support/cluster.ts'
import { liveHeapOf } from '../support/live-heap.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { fitting, type KnownIds } from './arbitraries.ts'
import { badInput } from './mutations.ts'

export interface StormOptions {
  readonly calls: number
  readonly frames: number
  readonly seed: number
}

export interface StormResult {
  /** How many of each answer there were: a status and a code, or how a socket took a frame. */
  readonly calls: Readonly<Record<string, number>>
  readonly frames: Readonly<Record<string, number>>
  /** What must not be: an answer that is none of ours, a failure of the server, one that fits no schema. With its input. */
  readonly faults: readonly string[]
  readonly neighbour: { readonly commands: number; readonly refused: number; readonly slowestMs: number }
  /** What each process held on to after each third, bytes. */
  readonly memory: Readonly<Record<string, readonly number[]>>
}

const concurrency = 12
/** Inputs are made in batches, each from a seed of its own. */
const batch = 50
const faultsMax = 20
/** A pong overtakes the answers of rooms: they get so long to be heard, ms. */
const answersMs = 80

/** A failure that the table does not let happen: anything of ours that sending again would not mend, and every bug. */
const isFault = (status: number, code: string): boolean =>
  !isErrorCode(code) || code === 'INTERNAL' || (status >= 500 && !errorRow(code).retry)

const shown = (bytes: string | Buffer): string => JSON.stringify(bytes.toString('latin1').slice(0, 400))

/** Throws generated input at every endpoint and every frame of a running cluster, while a neighbour goes on. */
export class Storm {
  readonly #cluster: TestCluster
  readonly #known: KnownIds
  readonly #agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  readonly #calls = new Map<string, number>()
  readonly #frames = new Map<string, number>()
  readonly #faults: string[] = []
  readonly #replies: ReadonlyMap<string, Decoder<unknown>>

  constructor(cluster: TestCluster, known: KnownIds) {
    this.#cluster = cluster
    this.#known = known
    this.#replies = new Map(endpoints.flatMap(({ name, reply }) => (reply ? [[name, decoder(reply)] as const] : [])))
  }

  async run({ calls, frames, seed }: StormOptions): Promise<StormResult> {
    const neighbour = await this.#neighbour()
    const memory = new Map<string, number[]>()
    for (let third = 0; third < 3; third += 1) {
      await this.#throwCalls(Math.ceil(calls / 3), seed + third * 1_000_000)
      await this.#throwFrames(Math.ceil(frames / 3), seed + third * 1_000_000)
      for (const process of this.#cluster.processes.values()) {
        memory.set(process.name, [...(memory.get(process.name) ?? []), await liveHeapOf(process)])
      }
    }
    this.#agent.destroy()
    return {
      calls: sorted(this.#calls),
      frames: sorted(this.#frames),
      faults: this.#faults,
      neighbour: await neighbour.stop(),
      memory: Object.fromEntries(memory),
    }
  }

  async #throwCalls(amount: number, seed: number): Promise<void> {
    // However few they are, every endpoint has some.
    const perBatch = Math.min(batch, Math.ceil(amount / endpoints.length))
    for (let done = 0, round = 0; done < amount; done += perBatch, round += 1) {
      const endpoint = endpoints[round % endpoints.length] as AnyEndpoint
      const inputs = fc.sample(this.#callArbitrary(endpoint), {
        numRuns: Math.min(perBatch, amount - done),
        seed: seed + round,
      })
      await inTurns(inputs, (input) => this.#call(endpoint, input))
    }
  }

  #callArbitrary(endpoint: AnyEndpoint) {
    // The room that everything else is tried on is not closed.
    const known = endpoint.name === 'rooms.close' ? { ...this.#known, uuids: [randomUUID()] } : this.#known
    const params = fitting((endpoint.params ?? { const: {} }) as never, known)
    const query = fitting((endpoint.query ?? { const: {} }) as never, this.#known)
    const oddText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('..', '%00', '%zz', '.', ' ', 'x'.repeat(3_000)),
    )
    return fc.record({
      params: params as fc.Arbitrary<Record<string, string>>,
      oddParam: fc.option(oddText, { freq: 8 }),
      query: query as fc.Arbitrary<Record<string, string>>,
      oddQuery: fc.option(fc.tuple(oddText, oddText), { freq: 8 }),
      body: badInput(endpoint.body ? fitting(endpoint.body as never, this.#known) : fc.constant({})),
      headers: fc.constantFrom<OutgoingHttpHeaders>(
        ...Array.from({ length: 6 }, () => ({ 'content-type': 'application/json' })),
        ...[{ 'content-type': 'text/plain' }, {}, { 'content-type': 'application/json; charset=utf-16' }],
        ...[{ 'content-type': 'application/json', 'content-encoding': 'gzip' }],
        { 'content-type': 'application/json', 'idempotency-key': 'short' },
      ),
      person: fc.constantFrom('owner', 'owner', 'member', 'stranger', 'service'),
    })
  }

  async #call(endpoint: AnyEndpoint, input: any): Promise<void> {
    const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encode(String(input.oddParam ?? input.params[name])),
    )
    const pairs = [
      ...Object.entries(input.query as Record<string, string>),
      ...(input.oddQuery ? [input.oddQuery] : []),
    ]
    const query = pairs.map(([name, value]) => `${encode(String(name))}=${encode(String(value))}`).join('&')
    const token = this.#cluster.token(input.person, input.person === 'service' ? ['service'] : [])
    const headers = { ...input.headers, authorization: `Bearer ${token}` }
    const bytes = endpoint.body ? Buffer.from(input.body.bytes) : null
    const told = () =>
      `${endpoint.method} ${path}?${query} as ${input.person}, ${JSON.stringify(input.headers)}, ${shown(bytes ?? '')}`
    try {
      const { status, text } = await this.#send(endpoint.method, `${path}${query ? `?${query}` : ''}`, headers, bytes)
      this.#judge(endpoint, status, text, told, input.oddParam !== null)
    } catch (error) {
      this.#fault(`no answer (${String(error)}) to ${told()}`)
    }
  }

  #judge(endpoint: AnyEndpoint, status: number, text: string, told: () => string, isBent: boolean): void {
    if (status < 300 || endpoint.also?.includes(status)) {
      count(this.#calls, String(status))
      // A path that was bent may lead to another call, or to a page.
      if (!isBent && status === endpoint.status && !endpoint.media && text.startsWith('{')) {
        try {
          this.#replies.get(endpoint.name)?.(JSON.parse(text))
        } catch {
          this.#fault(`an answer of ${endpoint.name} that does not fit: ${text.slice(0, 300)}, to ${told()}`)
        }
      }
      return
    }
    const code = codeIn(text)
    count(this.#calls, `${status} ${code}`)
    if (isFault(status, code)) this.#fault(`${status} ${code} came to ${told()}`)
  }

  #send(method: string, path: string, headers: OutgoingHttpHeaders, body: Buffer | null) {
    const { hostname, port } = new URL(this.#cluster.gateway(0).http)
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = request({ agent: this.#agent, hostname, port, method, path, headers }, (answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
        answer.on('error', reject)
      })
      sent.setTimeout(20_000, () => sent.destroy(new Error('20 s passed')))
      // A body that is too large may be answered, and its connection closed, before all of it was sent.
      sent.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ECONNRESET' || error.code === 'EPIPE'
          ? resolve({ status: 413, text: tooLarge })
          : reject(error),
      )
      sent.end(body ?? undefined)
    })
  }

  async #throwFrames(amount: number, seed: number): Promise<void> {
    const perBatch = Math.min(batch, amount)
    for (let done = 0, round = 0; done < amount; done += perBatch, round += 1) {
      const schema = clientFrames[round % clientFrames.length] as (typeof clientFrames)[number]
      const inputs = fc.sample(badInput(fitting(schema as never, this.#known), ['far too large']), {
        numRuns: Math.min(perBatch, amount - done),
        seed: seed + round,
      })
      await this.#socketful(
        typeOf(schema),
        inputs.map(({ bytes }) => bytes),
      )
    }
  }

  /** One socket takes a batch. What ends it has to be a close code of the table, and the rest goes over the next one. */
  async #socketful(type: string, inputs: readonly (string | Buffer)[]): Promise<void> {
    let left = inputs
    while (left.length > 0) left = left.slice(Math.max(1, await this.#overOne(type, left)))
  }

  #overOne(type: string, inputs: readonly (string | Buffer)[]): Promise<number> {
    return new Promise((resolve) => {
      const socket = new WebSocket(this.#cluster.gateway(0).ws)
      let sent = 0
      const pump = () => {
        // As many as a gateway lets wait, then a ping whose pong says that they were looked at.
        for (const input of inputs.slice(sent, sent + 16)) socket.send(input)
        sent = Math.min(sent + 16, inputs.length)
        socket.send('{"type":"ping"}')
      }
      const timer = setTimeout(() => {
        this.#fault(`no pong behind ${sent} frames of ${type}, the last ${shown(inputs[sent - 1] ?? '')}`)
        socket.terminate()
      }, 30_000)
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'hello', token: this.#cluster.token('service', ['service']) })),
      )
      socket.on('message', (data: Buffer) => {
        const frame = this.#heard(type, data)
        if (frame === 'welcome') pump()
        if (frame === 'pong') {
          if (sent >= inputs.length) setTimeout(() => socket.close(), answersMs)
          else {
            timer.refresh()
            pump()
          }
        }
      })
      socket.on('error', () => undefined)
      socket.on('close', (code) => {
        clearTimeout(timer)
        if (code !== 1005) count(this.#frames, `closed ${code}`)
        if (code === 1011) this.#fault(`a socket was closed with 1011 behind ${shown(inputs[sent - 1] ?? '')}`)
        resolve(sent)
      })
    })
  }

  #heard(type: string, data: Buffer): string {
    const frame = JSON.parse(data.toString()) as { type: string; error?: { code: string } }
    try {
      decodeFrame(frame)
    } catch {
      this.#fault(`a frame that does not fit: ${data.toString().slice(0, 300)}`)
    }
    if (frame.type !== 'error') count(this.#frames, frame.type)
    else {
      const code = frame.error?.code ?? ''
      count(this.#frames, `error ${code}`)
      if (isFault(isErrorCode(code) ? errorRow(code).http : 0, code)) this.#fault(`${code} came to a frame of ${type}`)
    }
    return frame.type
  }

  /** Someone in a room of their own, who asks ten times a second for what must always work. */
  async #neighbour() {
    const roomId = await this.#cluster.createRoom('neighbour')
    const socket = await VoiceSocket.connect(this.#cluster.gateway(0).ws, this.#cluster.token('neighbour'))
    await socket.command({ type: 'join', room_id: roomId })
    const state = { running: true }
    const told = { commands: 0, refused: 0, slowestMs: 0 }
    const work = (async () => {
      while (state.running) {
        const beganMs = performance.now()
        const flags = { hand_raised: told.commands % 2 === 0 }
        const answer = await socket.command({ type: 'set_flags', room_id: roomId, flags })
        told.commands += 1
        if (answer.type !== 'reply') told.refused += 1
        told.slowestMs = Math.max(told.slowestMs, Math.round(performance.now() - beganMs))
        socket.frames.length = 0
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    })()
    return {
      stop: async () => {
        state.running = false
        await work
        socket.close()
        return told
      },
    }
  }

  #fault(sentence: string): void {
    if (this.#faults.length < faultsMax) this.#faults.push(sentence)
  }
}

const decodeFrame = decoder(ServerFrame)
const tooLarge = '{"error":{"code":"BODY_TOO_LARGE"}}'

/** Half a surrogate pair has no encoding: such text is sent as it would be replaced. */
const encode = (text: string): string =>
  text === '%zz' || text === '%00' ? text : encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '?'))

const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
const sorted = (counts: ReadonlyMap<string, number>) => Object.fromEntries([...counts].sort(([, a], [, b]) => b - a))

function codeIn(text: string): string {
  try {
    return (JSON.parse(text) as { error: { code: string } }).error.code
  } catch {
    return `no code: ${text.slice(0, 100)}`
  }
}

async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
}

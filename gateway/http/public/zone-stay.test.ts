import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { encodeFrame } from '../../../protocol/zone/codec.ts'
import { fakeAudio, putInPlace } from '../../../test/support/fake-audio.ts'
import { settle } from '../../../test/support/manual-time.ts'
import type { VoiceClient } from './voice-client.js'
import { ZoneStay } from './zone-stay.js'

/** A connection to somebody else that stands at once, and does nothing. */
class FakeConnection {
  static readonly open = new Set<FakeConnection>()
  connectionState = 'new'
  signalingState = 'stable'
  onconnectionstatechange: (() => void) | null = null
  readonly #transceiver = {
    direction: 'sendrecv',
    sender: {
      track: null as unknown,
      replaceTrack(track: unknown) {
        this.track = track
        return Promise.resolve()
      },
      getParameters: () => ({ encodings: [] }),
      setParameters: () => Promise.resolve(),
    },
  }
  constructor() {
    FakeConnection.open.add(this)
    queueMicrotask(() => {
      this.connectionState = 'connected'
      this.onconnectionstatechange?.()
    })
  }
  get voice() {
    return this.#transceiver.sender.track
  }
  getTransceivers() {
    return [this.#transceiver]
  }
  addTransceiver() {
    return this.#transceiver
  }
  getSenders() {
    return [this.#transceiver.sender]
  }
  getReceivers() {
    return []
  }
  close() {
    FakeConnection.open.delete(this)
  }
}

const track = { kind: 'audio', enabled: true, stop: () => undefined }
const stream = { getAudioTracks: () => [track], getTracks: () => [track] }
const audio = fakeAudio()
putInPlace({ RTCPeerConnection: FakeConnection })
Object.defineProperty(navigator, 'mediaDevices', {
  configurable: true,
  value: { getUserMedia: () => Promise.resolve(stream), addEventListener: () => undefined },
})

type Listener = Parameters<VoiceClient['follow']>[1]

/** The page's client, with a gateway that the test plays. */
class FakeClient {
  mode = 'open'
  readonly iceServers = []
  readonly asked: { readonly type: string; readonly [field: string]: unknown }[] = []
  readonly shown: Uint8Array[] = []
  listener: Listener | null = null
  player = 0

  follow(_zoneId: string, listener: Listener) {
    this.listener = listener
  }
  unfollow() {
    this.listener = null
  }
  askZone(_zoneId: string, command: { readonly type: string }) {
    this.asked.push(command)
    if (command.type !== 'zone_enter') return Promise.resolve({ value: null })
    this.player += 1
    const model = { kind: 'inverse', ref_m: 2, max_m: 33, rolloff: 1, taper_from: 0.85 }
    const zone = { name: 'Market', player: this.player, width_m: 100, height_m: 100 }
    const hearing = { range_m: 30, hysteresis: 1.1, whisper: 0.5, shout: 2, distance_model: model }
    return Promise.resolve({ value: { ...zone, ...hearing } })
  }
  show(frame: Uint8Array) {
    this.shown.push(frame)
  }
  /** Everybody in earshot, each under the alias of their place in the list; `heard` have a media slot. */
  earshot(players: readonly { readonly player: number; readonly x: number }[], heard: readonly number[] = []) {
    const enter = players.map(({ player, x }, n) => ({
      ...{ alias: n + 1, flags: 2, player, x: x * 16, y: 800, z: 0, vx: 0, vy: 0 },
    }))
    const slot = heard.map((player, n) => ({ slot: n, alias: players.findIndex((each) => each.player === player) + 1 }))
    const origin = { originX: 0, originY: 0, originZ: 0, hz: 10, epoch: 1, tick: 0 }
    const bytes = encodeFrame({ type: 'resync', ...origin, slot, enter })
    this.listener?.onBinary?.(Uint8Array.from(bytes).buffer)
  }
  tell(frame: object) {
    this.listener?.onZone?.(frame as never)
  }
  connection(mode: 'open' | 'waiting') {
    this.mode = mode
    this.listener?.onMode?.(mode)
  }
}

let client: FakeClient
let stay: ZoneStay
let ended: string[]
let nowMs = 0

beforeEach(async () => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  mock.method(performance, 'now', () => nowMs)
  client = new FakeClient()
  ended = []
  stay = new ZoneStay({
    client: client as unknown as VoiceClient,
    ...{ zoneId: 'zone', name: 'Ann', start: { x: 50, y: 50 } },
    onEnded: (why) => ended.push(why),
  })
  await stay.begin()
  await settle()
})
afterEach(async () => {
  await stay.leave()
  mock.timers.reset()
  mock.restoreAll()
})

/** Lets the page look so many times. */
async function look(times = 1) {
  for (let n = 0; n < times; n += 1) {
    nowMs += 50
    mock.timers.tick(50)
    await settle()
  }
}
const voices = () => [...FakeConnection.open].map((connection) => connection.voice)

describe('a stay in a zone', () => {
  test('says where one is, and links to whoever is heard', async () => {
    client.earshot([{ player: 7, x: 55 }], [7])
    await look(2)
    assert.equal(client.shown.length, 1)
    assert.deepEqual(
      stay.people().map(({ player, isAudible, distanceM }) => [player, isAudible, distanceM]),
      [[7, true, 5]],
    )
    assert.deepEqual(stay.links(), [{ player: 7, state: 'connected' }])
    assert.deepEqual(voices(), [track])
  })

  test('keeps one’s voice back while a moderator has muted one, and says what holds', async () => {
    client.earshot([{ player: 7, x: 55 }], [7])
    await look(2)
    client.tell({ type: 'zone_event', event: 'sanctions', muted: true, deafened: false })
    await look()
    assert.deepEqual([stay.sanctions.muted, voices()], [true, [null]])
    client.tell({ type: 'zone_event', event: 'sanctions', muted: false, deafened: false })
    await look()
    assert.deepEqual([stay.sanctions.muted, voices()], [false, [track]])
  })

  test('enters again from where one stands when the connection comes back, with links of its own', async () => {
    client.earshot([{ player: 7, x: 55 }], [7])
    stay.walk?.to(52, 50)
    await look(2)
    client.connection('waiting')
    await look()
    assert.equal(client.asked.filter(({ type }) => type === 'zone_enter').length, 1)
    client.connection('open')
    await look()
    const enters = client.asked.filter(({ type }) => type === 'zone_enter')
    assert.deepEqual([enters.length, enters[1]?.['x']], [2, stay.walk?.x])
    assert.equal(stay.entered?.player, 2)
    assert.deepEqual([stay.people(), stay.links(), FakeConnection.open.size], [[], [], 0])
    const before = client.shown.length
    await look(4)
    assert.ok(client.shown.length > before, 'the region is told where one is, though one stands as before')
  })

  test('is over when one is banned: in words, with no link, no sound and no microphone left', async () => {
    client.earshot([{ player: 7, x: 55 }], [7])
    await look(2)
    client.tell({ type: 'zone_left', reason: 'banned' })
    client.tell({ type: 'zone_left', reason: 'banned' })
    assert.deepEqual(ended, ['You are banned from this zone.'])
    assert.deepEqual([FakeConnection.open.size, client.listener], [0, null])
    assert.ok(audio.contexts.every(({ state }) => state === 'closed'))
    assert.equal(stay.microphone.stream, null)
  })

  test('is over without a word when one leaves', async () => {
    await stay.leave()
    assert.deepEqual([ended, client.asked.at(-1)?.type], [[], 'zone_leave'])
  })

  test('hears nobody while one is deafened', async () => {
    client.earshot([{ player: 7, x: 55 }], [7])
    await look(2)
    client.tell({ type: 'zone_event', event: 'sanctions', muted: false, deafened: true })
    client.earshot([{ player: 8, x: 55 }], [8])
    await look(4)
    assert.deepEqual(
      stay.links().map(({ player }) => player),
      [7],
      'nobody new is linked to, and a link that stands is kept for a while',
    )
  })
})

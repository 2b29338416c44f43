import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { PeerLink } from './peer-link.js'

/** A sender whose changes of track take until the test says so, as those of a browser do. */
class SlowSender {
  track: object | null = null
  readonly asked: (() => void)[] = []
  replaceTrack(track: object | null): Promise<void> {
    return new Promise((resolve) => {
      this.asked.push(() => {
        this.track = track
        resolve()
      })
    })
  }
  getParameters() {
    return { encodings: [] }
  }
}

const sender = new SlowSender()

class FakeConnection {
  readonly signalingState = 'stable'
  readonly connectionState = 'new'
  readonly #transceiver = { sender, direction: 'sendrecv' }
  getTransceivers() {
    return [this.#transceiver]
  }
  addTransceiver() {
    return this.#transceiver
  }
  getSenders() {
    return [sender]
  }
  getReceivers() {
    return []
  }
  close() {
    return undefined
  }
}

const track = { kind: 'audio' }
const microphone = { getAudioTracks: () => [track] } as unknown as MediaStream

describe('a link', () => {
  beforeEach(() => {
    Object.assign(globalThis, { RTCPeerConnection: FakeConnection })
    mock.timers.enable({ apis: ['setTimeout'] })
  })
  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'RTCPeerConnection')
    mock.timers.reset()
  })

  test('sends what it was told last, though changes of track take their time', async () => {
    const link = new PeerLink({
      polite: true,
      ice: () => ({}),
      audio: () => null,
      send: () => undefined,
      onState: () => undefined,
      onAudio: () => undefined,
    })
    link.speakWith(microphone, true)
    link.speakWith(microphone, false)
    link.speakWith(microphone, true)
    link.speakWith(microphone, true)
    for (const done of sender.asked) done()
    await Promise.resolve()
    assert.equal(sender.track, track)
    assert.equal(sender.asked.length, 3, 'a wish that is the same is no change')
    link.close()
  })
})

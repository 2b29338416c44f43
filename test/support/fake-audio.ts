import { after } from 'node:test'

/** What a browser's audio is, as far as it is used: parameters that are where they are sent, and nodes that know what they lead to. */
class Parameter {
  value = 0
  setTargetAtTime(value: number) {
    this.value = value
  }
}
class Node {
  leadsTo: unknown = null
  connect<Next>(next: Next): Next {
    this.leadsTo = next
    return next
  }
  disconnect() {
    this.leadsTo = null
  }
}
export class FakeGain extends Node {
  readonly gain = new Parameter()
}
export class FakePanner extends Node {
  readonly positionX = new Parameter()
  readonly positionY = new Parameter()
  readonly positionZ = new Parameter()
  refDistance = 1
  maxDistance = 10_000
  rolloffFactor = 1
  distanceModel = 'inverse'
}
export class FakeAudioContext {
  state = 'suspended'
  readonly currentTime = 0
  readonly destination = new Node()
  readonly listener = {
    ...{ positionX: new Parameter(), positionY: new Parameter(), positionZ: new Parameter() },
    ...{ forwardX: new Parameter(), forwardY: new Parameter(), forwardZ: new Parameter() },
    ...{ upX: new Parameter(), upY: new Parameter(), upZ: new Parameter() },
  }
  resume() {
    this.state = 'running'
    return Promise.resolve()
  }
  close() {
    this.state = 'closed'
    return Promise.resolve()
  }
  createMediaStreamSource() {
    return new Node()
  }
  /** Of silence. */
  createAnalyser() {
    return Object.assign(new Node(), { fftSize: 1_024, getFloatTimeDomainData: (into: Float32Array) => into.fill(0) })
  }
}
class Player {
  muted = false
  srcObject: unknown = null
  play() {
    return Promise.resolve()
  }
}

/** Puts these in the place of the browser's until the tests of the file are over. `contexts` are those that were made. */
export function fakeAudio(): { readonly contexts: FakeAudioContext[] } {
  const made = { contexts: [] as FakeAudioContext[] }
  const fakes = {
    AudioContext: class extends FakeAudioContext {
      constructor() {
        super()
        made.contexts.push(this)
      }
    },
    ...{ GainNode: FakeGain, PannerNode: FakePanner, Audio: Player },
  }
  putInPlace(fakes)
  return made
}

/** Globals until the tests of the file are over. */
export function putInPlace(fakes: Readonly<Record<string, unknown>>): void {
  const before = Object.keys(fakes).map((name) => [name, Reflect.get(globalThis, name) as unknown] as const)
  Object.assign(globalThis, fakes)
  after(() => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(globalThis, name)
      else Reflect.set(globalThis, name, value)
    }
  })
}

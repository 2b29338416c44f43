import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { defaultRules } from '../../../protocol/zone/rules.ts'
import { fakeAudio, type FakeGain, type FakePanner } from '../../../test/support/fake-audio.ts'
import { ZoneSound } from './zone-sound.js'

const audio = fakeAudio()
const { model, rangeM, hysteresis, stanceFactors } = defaultRules
const rules = {
  ...{ range_m: rangeM, hysteresis, whisper: stanceFactors.whisper, shout: stanceFactors.shout },
  distance_model: {
    ...{ kind: model.kind, ref_m: model.refM, max_m: model.maxM },
    ...{ rolloff: model.rolloff, taper_from: model.taperFrom },
  },
}
let sound: ZoneSound
const at = (x: number, y: number, z = 0) => ({ x, y, z })
const wordsOf = ({
  positionX: x,
  positionY: y,
  positionZ: z,
}: Record<'positionX' | 'positionY' | 'positionZ', { value: number }>) => [x.value, y.value, z.value]
const voiceOf = () => {
  const voice = sound.voice()
  return { voice, gain: voice.gain as unknown as FakeGain, panner: voice.panner as unknown as FakePanner }
}

beforeEach(() => {
  sound = new ZoneSound(rules)
})

describe('the ears in a zone', () => {
  test('look north: east is to the right, height is up', () => {
    const { forwardX, forwardY, forwardZ, upY } = audio.contexts.at(-1)!.listener
    assert.deepEqual([forwardX.value, forwardY.value, forwardZ.value, upY.value], [0, 0, -1, 1])
    sound.stand(at(10, 20, 3))
    assert.deepEqual(wordsOf(audio.contexts.at(-1)!.listener), [10, 3, -20])
  })

  test('are opened by a touch', () => {
    assert.equal(sound.isHeldBack, true)
    sound.resume()
    assert.equal(sound.isHeldBack, false)
  })
})

describe('a voice in a zone', () => {
  test('is silent until it is placed, comes from there, and is silent again without a place', () => {
    const { voice, gain, panner } = voiceOf()
    assert.equal(gain.gain.value, 0)
    sound.stand(at(0, 0))
    sound.put(voice, at(5, 7, 1), 'talk')
    assert.deepEqual(wordsOf(panner), [5, 1, -7])
    assert.equal(gain.gain.value, 1)
    sound.put(voice, null, 'talk')
    assert.equal(gain.gain.value, 0)
  })

  test('fades to nothing at the edge of earshot, which the stance of who speaks moves', () => {
    const { voice, gain, panner } = voiceOf()
    sound.stand(at(0, 0))
    const loudness = (metres: number, stance: 'whisper' | 'talk' | 'shout') => {
      sound.put(voice, at(metres, 0), stance)
      return gain.gain.value
    }
    assert.equal(loudness(rangeM * hysteresis, 'talk'), 0)
    assert.ok(loudness(rangeM, 'talk') > 0 && loudness(rangeM, 'talk') < 1)
    assert.equal(loudness(rangeM, 'whisper'), 0)
    assert.equal(loudness(rangeM, 'shout'), 1)
    assert.equal(panner.refDistance, model.refM * stanceFactors.shout)
  })

  test('goes by the panner to the ears, whichever stream it comes by, and nowhere once it is over', () => {
    const { voice, gain, panner } = voiceOf()
    assert.equal(gain.leadsTo, panner)
    assert.equal(panner.leadsTo, audio.contexts.at(-1)!.destination)
    voice.play({} as MediaStream)
    voice.play({} as MediaStream)
    voice.close()
    assert.deepEqual([gain.leadsTo, panner.leadsTo], [null, null])
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { calmNode, stepLoad, type LoadSample, type NodeLoad } from './node-load.ts'

const calm: LoadSample = { lagP99Ms: 12, utilisation: 0.4, memoryShare: 0.3 }

/** A node that is sampled twice a second. */
class SampledNode {
  load: NodeLoad = calmNode
  #nowMs = 1_000

  /** The same sample for so long. */
  for(ms: number, sample: Partial<LoadSample>): this {
    for (const untilMs = this.#nowMs + ms; this.#nowMs < untilMs; this.#nowMs += 500) {
      this.load = stepLoad(this.load, { ...calm, ...sample }, this.#nowMs)
    }
    return this
  }

  get verdicts(): string[] {
    return Object.entries(this.load).flatMap(([name, { isOn }]: [string, { isOn: boolean }]) => (isOn ? [name] : []))
  }
}

describe('a node under load', () => {
  test('refuses placements when its loop was late, or busy, for three seconds on end', () => {
    for (const busy of [{ lagP99Ms: 51 }, { utilisation: 0.86 }]) {
      const node = new SampledNode().for(3_000, busy)
      assert.deepEqual(node.verdicts, [])
      assert.deepEqual(node.for(500, busy).verdicts, ['refusesPlacements'])
    }
  })

  test('does not mind one bad sample, such as that of a process which was paused', () => {
    const node = new SampledNode().for(500, { lagP99Ms: 30_000, utilisation: 1 }).for(2_500, {})
    assert.deepEqual(node.for(500, { lagP99Ms: 30_000, utilisation: 1 }).for(3_000, {}).verdicts, [])
  })

  test('counts three seconds anew after every calm sample', () => {
    const node = new SampledNode()
    for (let time = 0; time < 5; time += 1) node.for(3_000, { utilisation: 0.9 }).for(500, {})
    assert.deepEqual(node.verdicts, [])
  })

  test('takes placements again only when it was well below the bound for three seconds', () => {
    const node = new SampledNode().for(4_000, { utilisation: 0.9 }).for(10_000, { utilisation: 0.8 })
    assert.deepEqual(node.verdicts, ['refusesPlacements'])
    assert.deepEqual(node.for(3_500, { utilisation: 0.7, lagP99Ms: 36 }).verdicts, ['refusesPlacements'])
    assert.deepEqual(node.for(3_500, { utilisation: 0.7 }).verdicts, [])
  })

  test('sheds joins only when there is hardly any time left, and for a shorter while', () => {
    const node = new SampledNode().for(3_500, { utilisation: 0.95 })
    assert.deepEqual(node.verdicts, ['refusesPlacements'])
    assert.deepEqual(node.for(3_500, { utilisation: 0.96 }).verdicts, ['refusesPlacements', 'shedsJoins'])
    assert.deepEqual(node.for(1_500, { utilisation: 0.8 }).verdicts, ['refusesPlacements'])
  })

  test('lets unused actors go at once when memory is short, until it is not', () => {
    const node = new SampledNode().for(500, { memoryShare: 0.86 })
    assert.deepEqual(node.verdicts, ['releasesMemory'])
    assert.deepEqual(node.for(500, { memoryShare: 0.83 }).verdicts, ['releasesMemory'])
    assert.deepEqual(node.for(500, { memoryShare: 0.8 }).verdicts, [])
  })
})

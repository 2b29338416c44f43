import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ActorKey } from '../../protocol/ids.ts'
import { upMember } from '../../test/support/specimens.ts'
import type { Member } from '../membership/port.ts'
import { LeaseView } from '../membership/view.ts'
import { createPlacement } from './rendezvous.ts'

const placement = await createPlacement()
const viewOf = (members: readonly Member[]) => new LeaseView(1, members)

const label = fc.constantFrom('a', 'b', 'c')
const state = fc.constantFrom<Member['state']>('up', 'up', 'up', 'refusing', 'draining', 'joining', 'recordless')
const member: fc.Arbitrary<Member> = fc
  .record({
    number: fc.integer({ min: 1, max: 40 }),
    weight: fc.constantFrom(0.5, 1, 1, 2, 3),
    load: fc.integer({ min: 0, max: 2_000 }),
    region: fc.option(label),
    hostLabel: label,
    state,
  })
  .map(({ number, ...over }) => upMember(`node-${number}`, over))
const cluster = fc.uniqueArray(member, { minLength: 1, maxLength: 12, selector: ({ process }) => process })
const key = fc.uuid().map((id) => `room:${id}` as ActorKey)
const wishes = fc.record({ region: fc.option(label), notOnHost: fc.option(label) })

describe('placement', () => {
  test('says the same to every process, in whatever order it learnt of the nodes', () => {
    fc.assert(
      fc.property(
        key,
        cluster.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        wishes,
        (of, [one, other], wanted) => {
          assert.deepEqual(
            placement.preferences(of, viewOf(one), wanted),
            placement.preferences(of, viewOf(other), wanted),
          )
        },
      ),
    )
  })

  test('moves only the actors of a node that leaves, each to the next on its list', () => {
    fc.assert(
      fc.property(key, cluster, fc.nat(), wishes, (of, all, at, wanted) => {
        const gone = all[at % all.length]!
        const list = (members: readonly Member[]) =>
          placement.preferences(of, viewOf(members), wanted).map(({ member: each }) => each.process)
        const left = all.filter((each) => each !== gone)
        assert.deepEqual(
          list(left),
          list(all).filter((process) => process !== gone.process),
        )
      }),
    )
  })

  test('gives nothing to a node above its share while another has room', () => {
    fc.assert(
      fc.property(key, cluster, (of, all) => {
        const open = all.filter(({ state: now }) => now === 'up')
        const chosen = placement.choose(of, viewOf(all))!
        if (open.length === 0) return
        const share = open.reduce((sum, { load }) => sum + load, 0) / open.reduce((sum, { weight }) => sum + weight, 0)
        const boundOf = ({ weight }: Member) => Math.max(1.1 * share * weight, share * weight + 1)
        assert.equal(chosen.state, 'up')
        assert.ok(chosen.load <= boundOf(chosen), `${chosen.process} has ${chosen.load} of ${boundOf(chosen)}`)
      }),
    )
  })

  test('has nodes of the region in front, and of those the ones on another machine', () => {
    fc.assert(
      fc.property(key, cluster, wishes, (of, all, { region, notOnHost }) => {
        const ranks = placement
          .preferences(of, viewOf(all), { region, notOnHost })
          .map(({ member: each }) =>
            [region !== null && each.region === region, each.hostLabel !== notOnHost].map(Number),
          )
          .map(([inside = 0, elsewhere = 0]) => 2 * inside + elsewhere)
        assert.deepEqual(
          ranks,
          ranks.toSorted((one, other) => other - one),
        )
      }),
    )
  })

  test('without wishes, and with those that nobody can fulfil, orders the same', () => {
    fc.assert(
      fc.property(key, cluster, (of, all) => {
        const list = placement.preferences(of, viewOf(all))
        assert.deepEqual(placement.preferences(of, viewOf(all), { region: 'nowhere', notOnHost: 'none' }), list)
        assert.deepEqual(placement.preferences(of, viewOf(all), { region: null, notOnHost: null }), list)
      }),
    )
  })

  test('fills nodes by weight, none more than a tenth above its share, actor by actor', () => {
    const weights = fc.array(fc.constantFrom(0.5, 1, 2, 4), { minLength: 2, maxLength: 8 })
    fc.assert(
      fc.property(weights, fc.uuid(), (all, seed) => {
        const loads = all.map(() => 0)
        const actors = 400
        const total = all.reduce((sum, weight) => sum + weight, 0)
        for (let number = 0; number < actors; number += 1) {
          const members = all.map((weight, index) => upMember(`node-${index}`, { weight, load: loads[index]! }))
          const { process } = placement.choose(`room:${seed}-${number}` as ActorKey, viewOf(members))!
          loads[Number(process.slice(5))]! += 1
        }
        for (const [index, load] of loads.entries()) {
          const share = (actors * all[index]!) / total
          // The bound is looked at in front of an actor, and one above a small share is no overload.
          assert.ok(load <= Math.max(1.1 * share, share + 1) + 1, `${load} for a share of ${share}`)
        }
      }),
      { numRuns: 20 },
    )
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dearMs as dearByLadder, ladder } from '../../actors/zone/overload.ts'

// By address: the page is plain JavaScript, whose types stand in a project of their own.
const page = new URL('../../gateway/http/public/zones/', import.meta.url)
const { dearMs } = (await import(new URL('tick-history.js', page).href)) as { readonly dearMs: number }
const { rungInWords } = (await import(new URL('zone-words.js', page).href)) as {
  readonly rungInWords: (rung: number) => string
}

describe("the operators' map of zones", () => {
  test('has words for each rung of the overload ladder', () => {
    assert.equal(new Set(ladder.map((_, rung) => rungInWords(rung))).size, ladder.length)
    assert.ok(ladder.every((_, rung) => !rungInWords(rung).includes('more')))
  })

  test('draws the line where a region finds a tick too dear', () => {
    assert.equal(dearMs, dearByLadder)
  })
})

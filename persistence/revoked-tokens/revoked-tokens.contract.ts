import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { UserId } from '../../protocol/ids.ts'
import type { NewRevocation, RevokedTokens } from './port.ts'

export interface RevokedTokensBench {
  readonly revoked: RevokedTokens
  close(): Promise<void>
}

const startMs = Date.UTC(2026, 0, 1)

export function revokedTokensContract(name: string, open: () => Promise<RevokedTokensBench>): void {
  describe(name, () => {
    let bench: RevokedTokensBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.close())

    const put = (value: string, more: Partial<NewRevocation> = {}): NewRevocation => ({
      ...{ kind: 'token', value, issuedBeforeMs: startMs, untilMs: startMs + 60_000 },
      ...{ by: 'ann' as UserId, atMs: startMs },
      ...more,
    })
    const values = async (no: number, nowMs = startMs, limit = 100) =>
      (await bench.revoked.above(no, nowMs, limit)).map(({ value }) => value)

    test('gives back what was revoked, as it was', async () => {
      const made = await bench.revoked.revoke(put('bob', { kind: 'user' }))
      assert.deepEqual(await bench.revoked.above(0, startMs, 10), [made])
      assert.deepEqual(
        { ...made, no: 0 },
        { no: 0, kind: 'user', value: 'bob', issuedBeforeMs: startMs, untilMs: startMs + 60_000 },
      )
    })

    test('tells what is above a number, in order, so many at the most', async () => {
      const first = await bench.revoked.revoke(put('a'))
      for (const value of ['b', 'c', 'd']) await bench.revoked.revoke(put(value))
      assert.deepEqual(await values(first.no), ['b', 'c', 'd'])
      assert.deepEqual(await values(first.no, startMs, 2), ['b', 'c'])
    })

    test('tells nothing of what is over', async () => {
      await bench.revoked.revoke(put('a'))
      await bench.revoked.revoke(put('b', { untilMs: startMs + 61_000 }))
      assert.deepEqual(await values(0, startMs + 60_000), ['b'])
    })

    test('shows no number before every lower one, however many revoke at once', async () => {
      const seen: number[] = []
      const state = { isOver: false }
      const reading = (async () => {
        while (!state.isOver) {
          const [last] = seen.slice(-1)
          for (const { no } of await bench.revoked.above(last ?? 0, startMs, 1_000)) seen.push(no)
        }
      })()
      const made = await Promise.all(Array.from({ length: 40 }, (_, index) => bench.revoked.revoke(put(`t${index}`))))
      state.isOver = true
      await reading
      for (const { no } of await bench.revoked.above(seen.at(-1) ?? 0, startMs, 1_000)) seen.push(no)
      assert.deepEqual(
        seen,
        made.map(({ no }) => no).sort((one, other) => one - other),
      )
    })
  })
}

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { backgroundTimers, systemClock, systemRandom, systemTimers } from './system-ports.ts'

test('a timer never fires before its time by the monotonic clock', async () => {
  const early = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const startedMs = systemClock.monotonicMs()
      const delayMs = 1 + (index % 20) + index / 1_000
      return new Promise<boolean>((resolve) => {
        systemTimers.after(delayMs, () => resolve(systemClock.monotonicMs() - startedMs < delayMs))
      })
    }),
  )
  assert.ok(early.every((wasEarly) => !wasEarly))
})

test('a cancelled timer does not fire, and cancelling twice is nothing', async () => {
  const fired: string[] = []
  const once = systemTimers.after(1, () => fired.push('once'))
  const again = systemTimers.every(1, () => fired.push('again'))
  for (const cancel of [once, again, once, again]) cancel()
  await new Promise<void>((resolve) => systemTimers.after(10, resolve))
  assert.deepEqual(fired, [])
})

test('a repeated timer may cancel itself while it runs', async () => {
  let runs = 0
  await new Promise<void>((resolve) => {
    const cancel = systemTimers.every(1, () => {
      runs += 1
      if (runs === 3) cancel()
      if (runs >= 3) systemTimers.after(10, resolve)
    })
  })
  assert.equal(runs, 3)
})

test('a delay beyond what Node counts does not fire at once', async () => {
  let fired = false
  const cancel = backgroundTimers.after(3_000_000_000, () => (fired = true))
  await new Promise<void>((resolve) => systemTimers.after(15, resolve))
  cancel()
  assert.equal(fired, false)
})

test('background timers let a process end, the others do not', () => {
  const file = JSON.stringify(fileURLToPath(new URL('system-ports.ts', import.meta.url)))
  const run = (timers: string) =>
    spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { ${timers} as timers } from ${file}; timers.after(30, () => console.log('fired'))`,
      ],
      { encoding: 'utf8', timeout: 20_000 },
    ).stdout.trim()
  assert.equal(run('systemTimers'), 'fired')
  assert.equal(run('backgroundTimers'), '')
})

test('randomness makes version 4 UUIDs and fractions below one', () => {
  assert.match(systemRandom.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const fraction = systemRandom.fraction()
  assert.ok(fraction >= 0 && fraction < 1)
})

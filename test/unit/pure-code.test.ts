import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** The rules of the checkout without those that ask the type checker: what is planted belongs to no program. */
const eslint = new ESLint({ cwd: checkout, overrideConfig: tseslint.configs.disableTypeChecked })

async function complaints(source: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${source}\n`, { filePath })
  return result?.messages.map(({ ruleId, message }) => ruleId ?? message) ?? []
}

/** One file of each folder that has to be pure. */
const pureFiles = [
  'protocol/room/planted.ts',
  'actors/room/planted.ts',
  'cluster/placement/planted.ts',
  'cluster/actor-runtime/planted.ts',
  'cluster/routing/planted.ts',
  'cluster/membership/planted.ts',
  'cluster/transport/planted.ts',
  'gateway/ws/planted.ts',
]

/** The code of today that the simulator drives, by name: an exception that grew would take one of these out. */
const simulated = [
  'cluster/membership/lease-keeper.ts',
  'cluster/membership/memory-cluster.ts',
  'cluster/membership/view.ts',
  'cluster/transport/frame-codec.ts',
  'cluster/transport/framed-link.ts',
  'cluster/actor-runtime/cell.ts',
  'cluster/actor-runtime/host.ts',
  'cluster/actor-runtime/hand-off.ts',
  'cluster/routing/router.ts',
  'gateway/ws/carried-rooms.ts',
]

const violations: Record<string, { readonly source: string; readonly rule: string }> = {
  'the time of day': { source: 'export const at = Date.now()', rule: 'no-restricted-globals' },
  'a date made from nothing': { source: 'export const at = new Date()', rule: 'no-restricted-globals' },
  'a date by locale': {
    source: 'export const at = new Intl.DateTimeFormat().format()',
    rule: 'no-restricted-globals',
  },
  'the monotonic clock': { source: 'export const at = performance.now()', rule: 'no-restricted-globals' },
  'the clock of the process': { source: 'export const at = process.hrtime()', rule: 'no-restricted-globals' },
  'settings of the process': { source: 'export const mode = process.env', rule: 'no-restricted-globals' },
  'a timer': { source: 'setTimeout(() => undefined, 1)', rule: 'no-restricted-globals' },
  'a timer that repeats': { source: 'setInterval(() => undefined, 1)', rule: 'no-restricted-globals' },
  'a turn of the loop': { source: 'setImmediate(() => undefined)', rule: 'no-restricted-globals' },
  'a wait that blocks': {
    source: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)',
    rule: 'no-restricted-globals',
  },
  'a request': { source: "void fetch('http://x')", rule: 'no-restricted-globals' },
  'a socket of the web': { source: "new WebSocket('ws://x')", rule: 'no-restricted-globals' },
  'randomness of the web': { source: 'export const id = crypto.randomUUID()', rule: 'no-restricted-globals' },
  'the collector of garbage': { source: 'export const weak = new WeakRef({})', rule: 'no-restricted-globals' },
  'the way around by globalThis': { source: 'export const at = globalThis.Date.now()', rule: 'no-restricted-globals' },
  'the way around by global': {
    source: "export const at = global['performance'].now()",
    rule: 'no-restricted-globals',
  },
  'a draw': { source: 'export const drawn = Math.random()', rule: 'no-restricted-properties' },
  'a draw by its name': { source: "export const drawn = Math['random']()", rule: 'no-restricted-properties' },
  'a draw taken out of its object': {
    source: 'const { random } = Math\nexport const drawn = random()',
    rule: 'no-restricted-properties',
  },
  'a draw by another name': {
    source: 'const dice = Math\nexport const drawn = dice.random()',
    rule: 'no-restricted-syntax',
  },
  'a socket': {
    source: "import { connect } from 'node:net'\nexport const socket = connect(1)",
    rule: 'no-restricted-imports',
  },
  'a socket without the prefix': {
    source: "import { connect } from 'net'\nexport const socket = connect(1)",
    rule: 'no-restricted-imports',
  },
  'randomness of the runtime': {
    source: "import { randomUUID } from 'node:crypto'\nexport const id = randomUUID()",
    rule: 'no-restricted-imports',
  },
  'a timer of a module': {
    source: "import { setTimeout as wait } from 'node:timers/promises'\nexport const waited = wait(1)",
    rule: 'no-restricted-imports',
  },
  'the clock of a module': {
    source: "import { performance } from 'node:perf_hooks'\nexport const at = performance.now()",
    rule: 'no-restricted-imports',
  },
  'a file': {
    source: "import { readFileSync } from 'node:fs'\nexport const text = readFileSync('x')",
    rule: 'no-restricted-imports',
  },
  'the process by import': {
    source: "import { env } from 'node:process'\nexport const mode = env",
    rule: 'no-restricted-imports',
  },
  'what is passed on from a module': { source: "export { connect } from 'node:net'", rule: 'no-restricted-imports' },
  'a module loaded later': {
    source: "export const net = await import('node:net')",
    rule: 'no-restricted-syntax',
  },
  'code made from text': { source: "export const at = eval('Date.now()')", rule: 'no-eval' },
  'a function made from text': {
    source: "export const at = new Function('return Date.now()')",
    rule: 'no-new-func',
  },
  'a rule switched off by a comment': {
    source: '// eslint-disable-next-line no-restricted-globals\nexport const at = Date.now()',
    rule: 'no-restricted-globals',
  },
}

describe('pure code is held pure by lint', { timeout: 60_000 }, () => {
  for (const [name, { source, rule }] of Object.entries(violations)) {
    test(`${name} is seen`, async () => {
      const found = await complaints(source, 'cluster/actor-runtime/planted.ts')
      assert.ok(found.includes(rule), `${rule} is not among ${found.join(', ')}`)
    })
  }

  for (const file of [...pureFiles, ...simulated]) {
    test(`${file} is held to it`, async () => {
      assert.deepEqual(await complaints('export const at = Date.now()', file), ['no-restricted-globals'])
    })
  }

  test('time that comes in through a port is nothing to complain about', async () => {
    const source = [
      "import type { Clock } from '../../protocol/ports.ts'",
      'export const at = (clock: Clock): number => Math.floor(clock.wallMs())',
    ].join('\n')
    for (const file of pureFiles) assert.deepEqual(await complaints(source, file), [])
  })

  test('the file that writes times down may not ask for the time', async () => {
    assert.deepEqual(await complaints('export const at = Date.now()', 'protocol/iso-time.ts'), [
      'no-restricted-properties',
    ])
  })

  test('what stands between pure code and the world may reach it', async () => {
    const source = "import { createHash } from 'node:crypto'\nexport const hash = createHash('sha1')"
    assert.deepEqual(await complaints(source, 'cluster/membership/lua-script.ts'), [])
  })
})

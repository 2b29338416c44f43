import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { checkArrows, type ArrowsReport } from '../../bin/arrows.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Imports that have to be red: the file, what it says, and the rule. */
const planted: readonly (readonly [file: string, source: string, rule: string])[] = [
  ['protocol/up.ts', `import '../persistence/index.ts'`, 'arrows-of-protocol'],
  ['protocol/up-by-type.ts', `import type { A } from '../cluster/index.ts'\nexport type B = A`, 'arrows-of-protocol'],
  ['persistence/up.ts', `import '../cluster/index.ts'`, 'arrows-of-persistence'],
  ['cluster/up.ts', `import '../actors/index.ts'`, 'arrows-of-cluster'],
  ['actors/across.ts', `import '../gateway/index.ts'`, 'arrows-of-actors'],
  ['gateway/across.ts', `import '../workflows/index.ts'`, 'arrows-of-gateway'],
  ['workflows/across.ts', `import '../actors/index.ts'`, 'arrows-of-workflows'],
  ['gateway/up.ts', `export const load = () => import('../bin/tool.ts')`, 'arrows-of-gateway'],
  ['loadtest/up.ts', `import '../cluster/index.ts'`, 'arrows-of-loadtest'],
  ['gateway/leans-on-test.ts', `import '../test/support/thing.ts'`, 'nothing-imports-tests'],
  ['gateway/leans-on-unit-test.ts', `import './fine.test.ts'`, 'nothing-imports-tests'],
  ['actors/scenario.test.ts', `import '../test/cluster/scenario.ts'`, 'unit-tests-import-support-only'],
  ['bin/through-the-wall.ts', `import '../actors/room/decide.ts'`, 'door-of-actors'],
  ['gateway/through-the-wall.ts', `import type { A } from '../cluster/routing/router.ts'\nexport type B = A`, 'door-of-cluster'],
  ['cluster/storage.ts', `import '../persistence/index.ts'`, 'storage-is-a-type'],
  ['gateway/pg.ts', `import 'pg'`, 'owner-of-pg'],
  ['cluster/routing/redis.ts', `import 'ioredis'`, 'owner-of-ioredis'],
  ['bin/koa.ts', `import 'koa'`, 'owner-of-koa'],
  ['gateway/uws.ts', `import 'uWebSockets.js'`, 'owner-of-uWebSockets.js'],
  ['bin/ajv.ts', `import type { Ajv } from 'ajv'\nexport type A = Ajv`, 'owner-of-ajv'],
  ['gateway/temporal.ts', `import '@temporalio/client'`, 'owner-of-@temporalio'],
  ['gateway/jwt.ts', `import 'jsonwebtoken'`, 'owner-of-jsonwebtoken'],
  ['gateway/counters.ts', `import 'prom-client'`, 'owner-of-prom-client'],
  ['cluster/membership/sockets.ts', `import 'node:net'`, 'owner-of-node:net'],
  ['actors/files.ts', `import 'node:fs'`, 'pure-code'],
  ['cluster/actor-runtime/files.ts', `import 'fs'`, 'pure-code'],
  ['workflows/definitions/time.ts', `import 'node:timers'`, 'definitions-are-deterministic'],
  ['workflows/definitions/activity.ts', `import '../activities/fine.ts'`, 'definitions-are-deterministic'],
  ['gateway/http/public/page.js', `import '../../fine.ts'`, 'demo-page-imports-protocol-only'],
  ['bin/dev.ts', `import 'fast-check'`, 'no-dev-packages'],
  ['bin/gone.ts', `import './never-was.ts'`, 'resolvable'],
  ['bin/ring-a.ts', `import './ring-b.ts'`, 'no-cycles'],
] // prettier-ignore

/** Imports that have to stay green. */
const fine: Readonly<Record<string, string>> = {
  'protocol/ids.ts': `export const id = 1`,
  'protocol/workflows.ts': `export const name = 'timedSanction'`,
  'protocol/codec.ts': `import 'ajv'`,
  'persistence/index.ts': `import 'pg'\nimport '../protocol/ids.ts'`,
  'persistence/journal/port.ts': `export type Journal = 1`,
  'cluster/index.ts': `import type { Journal } from '../persistence/journal/port.ts'\nexport type A = Journal`,
  'cluster/routing/port.ts': `export type A = 1`,
  'cluster/routing/router.ts': `export type A = 1`,
  'cluster/membership/redis.ts': `import 'ioredis'`,
  'cluster/transport/tcp.ts': `import 'node:net'`,
  'actors/index.ts': `import './room/decide.ts'`,
  'actors/room/decide.ts': `import type { A } from '../../cluster/routing/port.ts'\nexport type B = A`,
  'gateway/index.ts': `import 'koa'\nimport '../cluster/index.ts'`,
  'gateway/fine.ts': `import '../protocol/ids.ts'`,
  'gateway/fine.test.ts': `import 'node:http'\nimport '../test/support/thing.ts'\nimport './fine.ts'`,
  'gateway/ws/server.ts': `import 'uWebSockets.js'`,
  'gateway/ws/metrics.ts': `import 'prom-client'`,
  'workflows/index.ts': `import '@temporalio/worker'`,
  'workflows/activities/fine.ts': `export type Activities = 1`,
  'workflows/definitions/fine.ts': `import '@temporalio/workflow'\nimport '../../protocol/workflows.ts'\nimport type { Activities } from '../activities/fine.ts'\nexport type A = Activities`,
  'loadtest/fine.ts': `import '../protocol/ids.ts'`,
  'bin/tool.ts': `import '../actors/index.ts'\nimport '../gateway/index.ts'\nimport 'node:fs'`,
  // The other half of the cycle, which is reported once.
  'bin/ring-b.ts': `import './ring-a.ts'`,
  'test/support/thing.ts': `import 'pg'\nimport '../../actors/room/decide.ts'`,
  'test/cluster/scenario.ts': `import 'fast-check'`,
}

describe('the check of the arrows', () => {
  const root = mkdtempSync(join(tmpdir(), 'arrows-'))
  let report: ArrowsReport
  before(async () => {
    for (const [file, source] of [...Object.entries(fine), ...planted]) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), `${source}\n`)
    }
    cpSync(join(repository, 'package.json'), join(root, 'package.json'))
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
    report = await checkArrows(root)
  })
  after(() => rmSync(root, { recursive: true }))

  for (const [file, source, rule] of planted) {
    test(`${rule}: ${file} with ${source.split('\n')[0] ?? ''} is red, and says why`, () => {
      const found = report.violations.filter(({ from }) => from === file)
      assert.ok(
        found.some((violation) => violation.rule === rule && violation.reason.length > 20),
        JSON.stringify(found),
      )
    })
  }

  test('files without a forbidden import are green', () => {
    const red = report.violations.filter(({ from }) => from in fine)
    assert.deepEqual(red, [])
  })

  test('it looks at every file', () => {
    assert.equal(report.modules, planted.length + Object.keys(fine).length)
    assert.deepEqual(report.missed, [])
  })

  test('files that it did not see are red', async () => {
    const { missed } = await checkArrows(root, { exclude: { path: '^gateway/ws/' } })
    assert.deepEqual(missed, ['gateway/ws/metrics.ts', 'gateway/ws/server.ts'])
  })
})

describe('this repository', () => {
  let report: ArrowsReport
  before(async () => {
    report = await checkArrows()
  })

  test('has no forbidden import', () => {
    assert.deepEqual(report.violations, [])
    assert.deepEqual(report.missed, [])
    assert.ok(report.modules > 50)
  })

  test('has an up-to-date picture of its arrows (node bin/arrows.ts --write)', () => {
    assert.equal(readFileSync(join(repository, 'docs/architecture/arrows.md'), 'utf8'), report.page)
  })
})

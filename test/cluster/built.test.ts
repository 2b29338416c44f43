import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { waitUntil } from '../support/wait.ts'

/** What images run: JavaScript in `dist/`, and the code of workflows bundled beforehand. */
describe('the processes as they are built', { timeout: 120_000 }, () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    const checkout = fileURLToPath(new URL('../..', import.meta.url))
    execFileSync(process.execPath, ['bin/build.ts'], { cwd: checkout, stdio: ['ignore', 'ignore', 'inherit'] })
    const roles = ['gateway', 'node', 'worker', 'relay']
    cluster = await startCluster({
      ...{ gateways: 1, nodes: 1, workers: 1, relays: 1 },
      scripts: Object.fromEntries(roles.map((role) => [`${role}-1`, `dist/bin/${role}.js`])),
    })
  })
  after(() => cluster.stop(failed))

  test('keep a deadline by a workflow, and end when they are told to, with nothing cut short', async () => {
    const roomId = await cluster.createRoom('host')
    const path = `/api/v1/rooms/${roomId}/participants/bob/mute`
    const muted = await cluster.call('POST', path, { token: cluster.token('host'), body: { duration: 3 } })
    assert.equal(muted.status, 200)
    await waitUntil(
      'Temporal knows it',
      async () => (await cluster.database.query('select from outbox where sent_at is null')).length === 0,
    )
    // From here on nobody but the workflow lifts.
    assert.equal((await cluster.process('node-1').stop()).code, 0)
    await waitUntil(
      'it is lifted',
      async () =>
        (await cluster.database.query('select from voice_sanctions where lifted_at is not null')).length === 1,
      20_000,
    )
    const [lifted] = await cluster.database.query(
      `select event ->> 'clock' as clock
         from actor_journal, jsonb_array_elements(events) as event
        where event ->> 'type' = 'sanction.lifted'`,
    )
    assert.equal(lifted?.['clock'], 'workflow')
    for (const name of ['worker-1', 'relay-1', 'gateway-1']) {
      const { code } = await cluster.process(name).stop()
      assert.equal(code, 0, cluster.process(name).tail())
    }
    assert.deepEqual(cluster.process('worker-1').events('worker.cut_short'), [])
    failed = false
  })
})

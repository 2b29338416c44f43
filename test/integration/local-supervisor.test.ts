import { afterEach, describe, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { identify, lives } from '../../bin/local/process-identity.ts'
import type { ProcessWatch } from '../../bin/local/service.ts'
import type { SupervisorOptions } from '../../bin/local/supervisor.ts'
import { freePorts } from '../support/free-ports.ts'
import { fakeProcess, fakeSupervisor, type Behaviour } from '../support/supervised-fakes.ts'
import { waitUntil } from '../support/wait.ts'

/** Every process that was started, and that has ended. */
class Counting implements ProcessWatch {
  readonly begun: number[] = []
  readonly over: number[] = []
  started(_name: string, pid: number): void {
    this.begun.push(pid)
  }
  ended(pid: number): void {
    this.over.push(pid)
  }
}

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

function supervise(options: Partial<SupervisorOptions> = {}) {
  const watch = new Counting()
  const parts = fakeSupervisor(watch, options)
  cleanUps.push(async () => {
    await parts.supervisor.stop()
    rmSync(parts.folder, { recursive: true })
  })
  return { ...parts, watch }
}

async function superviseOne(behaviour: Behaviour, options: Partial<SupervisorOptions> = {}) {
  const parts = supervise(options)
  const [port = 0] = await freePorts(1)
  parts.supervisor.start(fakeProcess('node', port, behaviour), { ADMIN_PORT: String(port) })
  return parts
}

describe('the supervisor', () => {
  test('starts a process that was killed again, says so, and says when it is back', async () => {
    const { supervisor, said } = await superviseOne('obedient')
    await supervisor.ready(['node'], 20_000)
    const first = supervisor.processes[0]!.pid!
    process.kill(first, 'SIGKILL')
    await waitUntil('it is back', () => said.some((sentence) => /is back after/.test(sentence)), 20_000)
    const second = supervisor.processes[0]!.pid!
    assert.notEqual(second, first)
    assert.match(said[0]!, /^node-1 ended \(ended by SIGKILL\); it is started again in 50 ms$/)
    assert.match(said[1]!, new RegExp(`\\(pid ${second}\\)$`))
  })

  test('leaves a process alone that ends over and over before it is ready', async () => {
    const { supervisor, said, watch } = await superviseOne('crashing')
    await assert.rejects(supervisor.ready(['node'], 20_000), /node-1 does not run: exit code 3/)
    assert.equal(watch.begun.length, 3)
    assert.match(said.at(-1)!, /time 3 in a row: it is left alone now/)
  })

  test('does not start a process again whose settings are wrong', async () => {
    const { supervisor, watch } = await superviseOne('misconfigured')
    await assert.rejects(supervisor.ready(['node'], 20_000), /exit code 78/)
    assert.equal(watch.begun.length, 1)
  })

  test('stops gateways first, then what writes in the background, then nodes', async () => {
    const { supervisor, lines, watch } = supervise()
    const roles = ['node', 'relay', 'gateway', 'worker'] as const
    const ports = await freePorts(roles.length)
    for (const [index, role] of roles.entries()) {
      const port = ports[index]!
      supervisor.start(fakeProcess(role, port), { ADMIN_PORT: String(port) })
    }
    await supervisor.ready(roles, 20_000)
    assert.deepEqual(await supervisor.stop(), [])
    const stopped = lines.filter((line) => line.endsWith(' stopped')).map((line) => line.split(' ')[0])
    assert.equal(stopped[0], 'gateway-1')
    assert.deepEqual(stopped.slice(1, 3).sort(), ['relay-1', 'worker-1'])
    assert.equal(stopped[3], 'node-1')
    assert.deepEqual(watch.over.sort(), watch.begun.sort())
  })

  test('kills a process that does not stop in time, and names it', async () => {
    const { supervisor, lines } = await superviseOne('deaf', { graceMs: 300 })
    await supervisor.ready(['node'], 20_000)
    const identity = identify(supervisor.processes[0]!.pid!)!
    assert.deepEqual(await supervisor.stop(), ['node-1'])
    assert.ok(lines.includes('node-1 heard'), 'it was asked first')
    assert.ok(!lives(identity))
  })

  test('stops a process that is frozen', async () => {
    const { supervisor } = await superviseOne('obedient')
    await supervisor.ready(['node'], 20_000)
    process.kill(supervisor.processes[0]!.pid!, 'SIGSTOP')
    assert.deepEqual(await supervisor.stop(), [])
  })

  test('starts nothing any more once it stops, not even what was about to come back', async () => {
    const { supervisor, watch, said } = await superviseOne('crashing', {
      backOff: { firstMs: 400, longestMs: 400, endsInARow: 5, endsUnready: 5, steadyMs: 10_000 },
    })
    await waitUntil('it has ended once', () => said.length === 1, 20_000)
    await supervisor.stop()
    const [port = 0] = await freePorts(1)
    supervisor.start(fakeProcess('gateway', port), {})
    assert.equal(watch.begun.length, 1)
    assert.deepEqual(
      supervisor.processes.map(({ pid }) => pid),
      [null],
    )
  })

  test('keeps what a process prints in a file of its own', async () => {
    const { supervisor, folder } = await superviseOne('obedient')
    await supervisor.ready(['node'], 20_000)
    await supervisor.stop()
    assert.equal(readFileSync(join(folder, 'node-1.log'), 'utf8'), 'up\nstopped\n')
  })
})

test('nothing is left when the start itself is killed with -9', async () => {
  const script = fileURLToPath(new URL('../support/supervising.ts', import.meta.url))
  const ports = (await freePorts(2)).map(String)
  const start = spawn(process.execPath, [script, ...ports], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  start.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await waitUntil('both fakes are ready', () => output.endsWith('\n'), 30_000)
  const identities = (JSON.parse(output) as number[]).map((pid) => identify(pid)!)
  assert.ok(identities.every(lives))
  start.kill('SIGKILL')
  await waitUntil('both fakes are gone', () => !identities.some(lives), 20_000)
})

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlannedProcess, ProcessRole } from '../../bin/local/plan.ts'
import { probeReady } from '../../bin/local/probe.ts'
import type { ProcessWatch } from '../../bin/local/service.ts'
import { Supervisor, type SupervisorOptions } from '../../bin/local/supervisor.ts'

/** Stands for a process of ours: ready by its admin port, and it says when it stops. */
const obedient = `
  import { createServer } from 'node:http'
  const server = createServer((request, response) => response.end('{"status":"ready","reasons":[]}'))
  server.listen(Number(process.env.ADMIN_PORT), '127.0.0.1', () => console.log('up'))
  process.on('SIGTERM', () => { console.log('stopped'); process.exit(0) })
`
const deaf = obedient.replace(/process\.on\('SIGTERM'.*/, "process.on('SIGTERM', () => console.log('heard'))")

/** Scripts of processes, by how they behave. */
export const behaviours = {
  obedient,
  /** Does not end by SIGTERM. */
  deaf,
  /** Ends as soon as it is started. */
  crashing: 'process.exit(3)',
  /** Ends as one does whose settings are wrong. */
  misconfigured: 'process.exit(78)',
}

export type Behaviour = keyof typeof behaviours

export function fakeProcess(role: ProcessRole, adminPort: number, behaviour: Behaviour = 'obedient'): PlannedProcess {
  const command = ['node', '--input-type=module', '-e', behaviours[behaviour]]
  return { name: `${role}-1`, role, command, adminPort, own: { ADMIN_PORT: String(adminPort) } }
}

/** A supervisor that is in a hurry, and what it said. */
export function fakeSupervisor(watch: ProcessWatch, options: Partial<SupervisorOptions> = {}) {
  const said: string[] = []
  const lines: string[] = []
  const folder = mkdtempSync(join(tmpdir(), 'voice-rooms-'))
  const supervisor = new Supervisor({
    checkout: folder,
    logFolder: folder,
    watch,
    probe: probeReady,
    backOff: { firstMs: 50, longestMs: 200, endsInARow: 5, endsUnready: 3, steadyMs: 10_000 },
    graceMs: 10_000,
    onLine: (name, line) => lines.push(`${name} ${line}`),
    tell: (sentence) => said.push(sentence),
    onChange: () => undefined,
    ...options,
  })
  return { supervisor, said, lines, folder }
}

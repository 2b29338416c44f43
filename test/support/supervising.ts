/* A start to be killed: two fakes under a guard; prints their pids when they are ready. `supervising.ts <port> <port>` */
import { Guard } from '../../bin/local/guard.ts'
import { fakeProcess, fakeSupervisor } from './supervised-fakes.ts'

const [nodePort, gatewayPort] = process.argv.slice(2).map(Number)
const guard = new Guard(null)
const { supervisor, folder } = fakeSupervisor(guard)
guard.temporary(folder)
supervisor.start(fakeProcess('node', nodePort ?? 0), { ADMIN_PORT: String(nodePort) })
supervisor.start(fakeProcess('gateway', gatewayPort ?? 0), { ADMIN_PORT: String(gatewayPort) })
await supervisor.ready(['node', 'gateway'], 20_000)
console.log(JSON.stringify(supervisor.processes.map(({ pid }) => pid)))

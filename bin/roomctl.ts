import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { environment } from './config.ts'
import { connectBackend } from './roomctl-connect.ts'
import { connectWorkflows } from './roomctl-workflows.ts'
import { runRoomctl } from './roomctl-program.ts'
import { systemClock } from './system-ports.ts'
import { screenOf } from './table.ts'

const dataFolder = fileURLToPath(new URL('../.data', import.meta.url))

process.exitCode = await runRoomctl(process.argv.slice(2), {
  env: environment(),
  dataFolder,
  screen: screenOf(process.stdout),
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  nowMs: () => systemClock.wallMs(),
  lines: async function* (path) {
    yield* (await open(path)).readLines()
  },
  connect: () => connectBackend(dataFolder),
  connectWorkflows: () => connectWorkflows(dataFolder),
})

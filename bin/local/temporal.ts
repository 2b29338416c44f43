import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { searchAttributeFlags } from '../../protocol/workflows.ts'
import { given, Unavailable, type LocalService, type ProcessWatch, type Report } from './service.ts'
import { ServiceProcess } from './service-process.ts'
import { findTemporal } from './temporal-binary.ts'
import { accepts } from './tcp.ts'

export interface TemporalOptions {
  /** TEMPORAL_ADDRESS when it is set: then nothing is raised. */
  readonly address: string | undefined
  readonly folder: string
  readonly cacheFolder: string
  readonly logFile: string
  readonly port: number
  /** Of its web pages; null for none. */
  readonly uiPort: number | null
  readonly watch: ProcessWatch
  readonly report: Report
  /** Gives up finding or building it. */
  readonly signal?: AbortSignal
}

/** A Temporal server; `binary` and `ui` are null for a given one. */
export interface TemporalService extends LocalService {
  readonly binary: string | null
  readonly ui: string | null
}

/** Whether the server knows its default namespace, which is the last thing it does when it starts. */
async function answers(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address })
  try {
    await connection.withDeadline(Date.now() + 1_000, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    )
    return true
  } catch {
    return false
  } finally {
    await connection.close()
  }
}

/** Temporal: the given one, or a development server of our own with a file database. Throws Unavailable. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalService> {
  const { address: givenAddress, folder, port, uiPort, watch, report, logFile } = options
  if (givenAddress !== undefined) {
    const colon = givenAddress.lastIndexOf(':')
    if (!(await accepts(givenAddress.slice(0, colon), Number(givenAddress.slice(colon + 1)), 5_000))) {
      throw new Unavailable(`TEMPORAL_ADDRESS names ${givenAddress}, and nobody accepts connections there.`)
    }
    return { ...given('Temporal', 'TEMPORAL_ADDRESS', givenAddress, givenAddress), binary: null, ui: null }
  }
  const binary = await findTemporal(options)
  options.signal?.throwIfAborted()
  mkdirSync(folder, { recursive: true })
  const server = new ServiceProcess({
    name: 'Temporal',
    command: binary,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
      ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
      ...['--db-filename', join(folder, 'temporal.db')],
      ...searchAttributeFlags.flatMap((flag) => ['--search-attribute', flag]),
      ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ],
    logFile,
    watch,
    stopSignal: 'SIGTERM',
  })
  const address = `127.0.0.1:${port}`
  await server.ready(async () => (await accepts('127.0.0.1', port, 1_000)) && (await answers(address)), 60_000)
  server.onLoss(report)
  return {
    name: 'Temporal',
    address,
    binary,
    ui: uiPort === null ? null : `http://localhost:${uiPort}/`,
    describe: () => `${address}, data in ${folder}`,
    stop: () => server.stop(),
  }
}

import type { Registry } from 'prom-client'
import type { Logger } from '../../protocol/ports.ts'
import { startAdminServer } from '../admin-server.ts'
import type { ClusterPage } from '../cluster-page.ts'
import type { CommonConfig } from '../config.ts'
import { Lifecycle } from '../lifecycle.ts'
import { createLogger } from '../logger.ts'
import { createRegistry } from '../metrics.ts'

/** What every process has: a log, an ordered end, metrics, and an admin port that tells how it is. */
export interface Frame {
  readonly log: Logger
  readonly lifecycle: Lifecycle
  readonly registry: Registry
  /** The reasons not to be ready that come with the start: none once it is through. */
  tell(state: { readonly checks: () => readonly string[]; readonly cluster: ClusterPage }): void
}

/** Runs a process: the admin port first, so that its health can be asked while the rest comes up. */
export async function runProcess(
  role: string,
  config: CommonConfig,
  start: (frame: Frame) => Promise<void>,
): Promise<void> {
  const log = createLogger({ process: config.processId, role }, config.log)
  const lifecycle = new Lifecycle({ log })
  const registry = createRegistry()
  let checks: () => readonly string[] = () => []
  let cluster: ClusterPage | null = null
  await lifecycle.run(async () => {
    const admin = await startAdminServer({
      port: config.adminPort,
      checks: () => (lifecycle.mode === 'running' ? checks() : [`the ${role} is ${lifecycle.mode}`]),
      cluster: () => cluster,
      metrics: config.metrics.enabled ? { registry, path: config.metrics.path } : null,
      log,
    })
    lifecycle.onStop('admin port', () => admin.close())
    await start({
      log,
      lifecycle,
      registry,
      tell: (state) => {
        checks = state.checks
        cluster = state.cluster
      },
    })
  })
}

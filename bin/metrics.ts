import { collectDefaultMetrics, Registry } from 'prom-client'

/** The registry of a process, with what Node tells of itself: memory, event loop delay, CPU, handles. */
export function createRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

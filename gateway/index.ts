export { createGateway, type Gateway, type GatewayDeps, type GatewayOptions } from './gateway.ts'
export { createGatewayMetrics, type GatewayMetrics } from './metrics.ts'
export type { IceOptions } from './ice.ts'
export * from './auth/index.ts'

/* The door of `cluster`: what composition roots build. Ports and types are imported from their own files. */
export { Appender } from './actor-runtime/appender.ts'
export { DirectoryRepair } from './actor-runtime/directory-repair.ts'
export { Drain } from './actor-runtime/drain.ts'
export { evacuateWithoutRecord } from './actor-runtime/evacuation.ts'
export { handHome } from './actor-runtime/homing.ts'
export { GuestWriter } from './actor-runtime/guest.ts'
export { HandOffs } from './actor-runtime/hand-off.ts'
export { ActorHost, type HostObserver } from './actor-runtime/host.ts'
export { JournalReader } from './actor-runtime/journal-reader.ts'
export { pastOf, type PastState } from './actor-runtime/past.ts'
export { LinkServer } from './actor-runtime/link-server.ts'
export { calmNode, stepLoad, type LoadSample, type NodeLoad } from './actor-runtime/node-load.ts'
export { NodeControls } from './actor-runtime/node-controls.ts'
export { tellOwnership } from './actor-runtime/ownership.ts'
export { RecordWatch } from './actor-runtime/record-watch.ts'
export { liveNode } from './membership/live-node.ts'
export { parseRedisUrl, redisUrlProblem } from './membership/redis-address.ts'
export { awaitRedis, connectRedis, type RedisClient } from './membership/redis-connection.ts'
export { ClusterSeat, RedisCluster, type ClusterSeatOptions } from './membership/redis-cluster.ts'
export type { LeaseFallback, LeaseLoss } from './membership/lease-keeper.ts'
export { Watchdog } from './membership/watchdog.ts'
export {
  handOffMetrics,
  hostMetrics,
  linkMetrics,
  passageMetrics,
  routerMetrics,
  watchHost,
  watchLease,
  watchLoad,
} from './metrics.ts'
export { createPlacement, placementVersion } from './placement/rendezvous.ts'
export { Links } from './routing/links.ts'
export { order } from './routing/order.ts'
export { Router } from './routing/router.ts'
export { protocolRange } from './transport/hand-shake.ts'
export { certificateName, namesRole, type LinkAuth, type LinkTls } from './transport/tls-sockets.ts'
export { TcpTransport } from './transport/tcp.ts'

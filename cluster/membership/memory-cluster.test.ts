import { ManualTime } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { MemoryCluster } from './memory-cluster.ts'
import { membershipContract } from './membership.contract.ts'

membershipContract('leases and owners in memory', () => {
  const time = new ManualTime()
  const cluster = new MemoryCluster(time)
  return Promise.resolve({
    leases: cluster,
    directory: cluster,
    membership: cluster.membership(time, silentLogger),
    pass: (ms) => time.advance(ms),
    close: () => Promise.resolve(),
  })
})

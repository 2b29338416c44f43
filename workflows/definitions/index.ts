/* Every workflow, by its type name: what the worker offers is exactly what is exported here. */
export { erasePerson } from './erase-person.ts'
export { inviteExpiry } from './invite-expiry.ts'
export { reconcile } from './reconcile.ts'
export { retention } from './retention.ts'
export { roomExpiry } from './room-expiry.ts'
export { timedSanction } from './timed-sanction.ts'
export { raidOccurrence } from './raid-occurrence.ts'
export { raidPlanner } from './raid-planner.ts'

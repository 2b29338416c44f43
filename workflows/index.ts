/* The door of `workflows`: what composition roots build. Workflow code itself is reached through Temporal only. */
export { createActivities, type ActivityDeps } from './activities/create-activities.ts'
export { activityFailure, answered } from './activities/failures.ts'
export type {
  Comparer,
  InviteExpirer,
  PersonErasing,
  Retaining,
  RoomExpirer,
  SanctionExpirer,
} from './activities/port.ts'
export { buildWorkflowBundle, workflowBundle, type BundleOptions } from './bundle.ts'
export { TemporalAway, temporalStarter, type TemporalStarterOptions, type WorkflowStarter } from './client.ts'
export {
  createInviteSweepMetrics,
  createReconcileMetrics,
  createRecordingMetrics,
  createRetentionMetrics,
  createRaidSweepMetrics,
  createRelayMetrics,
  createSanctionSweepMetrics,
  createSpreadMetrics,
  createSweepMetrics,
  createWorkerMetrics,
  type RelayMetrics,
  type WorkerMetrics,
} from './metrics.ts'
export { createRaidActivities, type RaidActivityDeps } from './raids/activities.ts'
export type { RaidRooms } from './raids/port.ts'
export { RaidSweep, type RaidSweepDeps } from './raids/sweep.ts'
export { Relay, type RelayDeps } from './relay.ts'
export { RoomSweep, type RoomCloser, type RoomSweepDeps } from './room-sweep.ts'
export { SanctionSpreader, type RoomTeller, type SanctionSpreaderDeps } from './sanction-spreader.ts'
export { SanctionSweep, type SanctionSweepDeps } from './sanction-sweep.ts'
export { installRuntime } from './runtime.ts'
export type { TemporalAccess, TemporalTls } from './temporal-access.ts'
export { mediaTuning } from './tuning.ts'
export { createRoomsWorker, type RoomsWorker, type RoomsWorkerOptions } from './worker.ts'
export { InviteSweep, type InviteSweepDeps } from './invite-sweep.ts'
export { Reconciler, type ReconcilerDeps } from './reconciler.ts'
export { createMediaActivities, createRecordingActivities } from './recordings/activities.ts'
export type { RecordingFiles } from './recordings/port.ts'
export { retaining, type RetainingDeps } from './retaining.ts'
export { ensureSchedules, type ScheduleOptions } from './schedules.ts'
export { temporalIndex, type TemporalIndex } from './temporal-index.ts'

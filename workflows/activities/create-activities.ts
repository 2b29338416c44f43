import type { PersonExporter } from '../../persistence/persons/port.ts'
import type { WorkflowActivities } from '../../protocol/workflows.ts'
import { activityFailure } from './failures.ts'
import type { Comparer, InviteExpirer, PersonErasing, Retaining, RoomExpirer, SanctionExpirer } from './port.ts'

/** What the activities reach the world through. */
export interface ActivityDeps {
  readonly sanctions: SanctionExpirer
  readonly rooms: RoomExpirer
  readonly invites: InviteExpirer
  readonly comparer: Comparer
  readonly persons: PersonErasing
  readonly retaining: Retaining
  readonly exporter: PersonExporter
}

/** The activities of the queue `rooms`, by the names that workflows call them. */
export const createActivities = ({
  sanctions,
  rooms,
  invites,
  comparer,
  persons,
  retaining,
  exporter,
}: ActivityDeps): WorkflowActivities => ({
  expireSanction: (input) => told(() => sanctions.expire(input)),
  closeRoom: (input) => told(() => rooms.close(input)),
  warnRoom: (input) => told(() => rooms.warn(input)),
  expireInvite: (input) => told(() => invites.expire(input)),
  compareRecord: (input) => told(() => comparer.compareRecord(input)),
  compareWorkflows: (input) => told(() => comparer.compareWorkflows(input)),
  exportNext: (input) => told(() => exporter.exportNext(input.exportId)),
  eraseNext: (input) => told(() => persons.eraseNext(input)),
  retainNext: (input) => told(() => retaining.removeNext(input.step)),
  retained: (totals) => told(() => retaining.done(totals)),
  reconciled: (totals) => told(() => comparer.done(totals)),
})

/** Whether a failure is final is told to Temporal with it. */
async function told<Value>(act: () => Promise<Value>): Promise<Value> {
  try {
    return await act()
  } catch (error) {
    throw activityFailure(error)
  }
}

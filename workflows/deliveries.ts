import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type ScheduleClient,
  type WorkflowClient,
  type WorkflowStartOptions,
} from '@temporalio/client'
import type { Workflow } from '@temporalio/common'
import {
  recordingWorkflowId,
  recordingWorkflowNames,
  type FinaliseRecordingInput,
} from '../protocol/recordings/workflow.ts'
import {
  erasePersonWorkflowId,
  exportPersonWorkflowId,
  inviteExpiryWorkflowId,
  roomExpiryMessages,
  roomExpiryWorkflowId,
  sanctionWorkflowId,
  timedSanctionMessages,
  workflowNames,
  type ErasePersonInput,
  type ExportPersonInput,
  type InviteExpiryInput,
  type OutboxMessage,
  type RoomExpiryInput,
  type SanctionEnded,
  type SetRoomEnd,
  type SetSanction,
  type TimedSanctionInput,
} from '../protocol/workflows.ts'
import { deliverRaid } from './raids/deliver.ts'
import { attributesOf } from './search-attributes.ts'

type Message<Kind extends OutboxMessage['kind']> = Extract<OutboxMessage, { kind: Kind }>

/** Half the default: after a worker died, its task is offered again that much sooner, ms. */
const workflowTaskTimeout = 5_000

/** At most one open run of an id, and a message to one that runs already is a message to it. */
const oneRun = {
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  workflowTaskTimeout,
}

/** What each message of the outbox is to Temporal. Every one of them may come twice. Rejects as the client does. */
export function deliveries(
  client: WorkflowClient,
  schedules: ScheduleClient,
  taskQueue: string,
  areAttributesKnown: () => Promise<boolean> = () => Promise.resolve(false),
): (message: OutboxMessage) => Promise<unknown> {
  const found = async (message: OutboxMessage) =>
    (await areAttributesKnown()) ? { typedSearchAttributes: attributesOf(message) } : {}

  const sanctionSet = async (message: Message<'sanction.set'>) => {
    const { ref, generation, untilMs } = message
    return client.signalWithStart<(input: TimedSanctionInput) => Promise<void>, [SetSanction]>(
      workflowNames.timedSanction,
      {
        workflowId: sanctionWorkflowId(ref),
        taskQueue,
        args: [{ ref }],
        signal: timedSanctionMessages.set,
        signalArgs: [{ generation, untilMs }],
        ...oneRun,
        ...(await found(message)),
      },
    )
  }

  const sanctionEnded = ({ ref, generation }: Message<'sanction.ended'>) =>
    ifItRuns(
      client.getHandle(sanctionWorkflowId(ref)).signal<[SanctionEnded]>(timedSanctionMessages.lift, { generation }),
    )

  const roomEndSet = async (message: Message<'room_end.set'>) => {
    const { roomId, generation, atMs, warns } = message
    const workflowId = roomExpiryWorkflowId(roomId)
    const end: SetRoomEnd = { generation, atMs, warns }
    if (atMs === null) {
      return ifItRuns(client.getHandle(workflowId).signal<[SetRoomEnd]>(roomExpiryMessages.setEnd, end))
    }
    return client.signalWithStart<(input: RoomExpiryInput) => Promise<void>, [SetRoomEnd]>(workflowNames.roomExpiry, {
      workflowId,
      taskQueue,
      args: [{ roomId }],
      signal: roomExpiryMessages.setEnd,
      signalArgs: [end],
      ...oneRun,
      ...(await found(message)),
    })
  }

  const inviteSet = async (message: Message<'invite.set'>) => {
    const { inviteId, roomId, atMs } = message
    try {
      await client.start<(input: InviteExpiryInput) => Promise<void>>(workflowNames.inviteExpiry, {
        workflowId: inviteExpiryWorkflowId(inviteId),
        taskQueue,
        args: [{ inviteId, roomId }],
        // No worker has to do with it before its time.
        startDelay: Math.max(0, atMs - Date.now()),
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        workflowTaskTimeout,
        ...(await found(message)),
      })
    } catch (error) {
      // Delivered before.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
  }

  const inviteEnded = ({ inviteId }: Message<'invite.ended'>) =>
    ifItRuns(client.getHandle(inviteExpiryWorkflowId(inviteId)).terminate('over before its time'))

  const personErase = ({ erasureId }: Message<'person.erase'>) =>
    startOnce<(input: ErasePersonInput) => Promise<void>>(workflowNames.erasePerson, {
      workflowId: erasePersonWorkflowId(erasureId),
      args: [{ erasureId }],
    })

  const personExport = ({ exportId }: Message<'person.export'>) =>
    startOnce<(input: ExportPersonInput) => Promise<void>>(workflowNames.exportPerson, {
      workflowId: exportPersonWorkflowId(exportId),
      args: [{ exportId }],
    })

  /** Failed once and asked for again, it begins anew; a day is enough for everything that can be done. */
  const recordingFinalise = ({ recordingId, lengthMs, queue }: Message<'recording.finalise'>) =>
    startOnce<(input: FinaliseRecordingInput) => Promise<unknown>>(recordingWorkflowNames.finaliseRecording, {
      workflowId: recordingWorkflowId(recordingId),
      args: [{ recordingId, lengthMs, queue }],
      workflowExecutionTimeout: 24 * 3_600_000,
    })

  async function startOnce<Definition extends Workflow>(
    type: string,
    options: Omit<WorkflowStartOptions<Definition>, 'taskQueue'>,
  ): Promise<void> {
    try {
      await client.start(type, {
        ...{ taskQueue, workflowTaskTimeout },
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        ...options,
      } as WorkflowStartOptions<Definition>)
    } catch (error) {
      // Delivered before.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
  }

  return (message) => {
    switch (message.kind) {
      case 'sanction.set':
        return sanctionSet(message)
      case 'sanction.ended':
        return sanctionEnded(message)
      case 'room_end.set':
        return roomEndSet(message)
      case 'invite.set':
        return inviteSet(message)
      case 'invite.ended':
        return inviteEnded(message)
      case 'person.erase':
        return personErase(message)
      case 'person.export':
        return personExport(message)
      case 'recording.finalise':
        return recordingFinalise(message)
      case 'raid.occurrence':
      case 'raid.series':
        return deliverRaid({ workflows: client, schedules, taskQueue }, message)
    }
  }
}

/** Nothing waits for the end: it has come already, or the beginning never reached Temporal. */
async function ifItRuns(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
  }
}

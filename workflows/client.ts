import { Connection, ScheduleClient, WorkflowClient, isGrpcServiceError } from '@temporalio/client'
import { roomsTaskQueue, type OutboxMessage } from '../protocol/workflows.ts'
import { deliveries } from './deliveries.ts'
import { attributesKnown } from './search-attributes.ts'
import { callDeadlineMs, connectionOptions, type TemporalAccess } from './temporal-access.ts'

/** Temporal takes nothing at present: unreachable, too slow, overloaded, or it does not let us in. The message is not at fault. */
export class TemporalAway extends Error {
  constructor(cause: unknown) {
    super('Temporal takes nothing at present', { cause })
    this.name = 'TemporalAway'
  }
}

/** How committed state reaches the workflows. Every call ends within `callDeadlineMs`. */
export interface WorkflowStarter {
  /**
   * Hands one message to the workflow it is for. Delivering it again does no harm. Rejects with `TemporalAway` when no
   * message would get through, with another error when this one is at fault.
   */
  deliver(message: OutboxMessage): Promise<void>
  /** Resolves when Temporal answers and knows the namespace; rejects with `TemporalAway`. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface TemporalStarterOptions extends TemporalAccess {
  /** Shown in Temporal's histories: the process that sent. */
  readonly identity: string
  /** `rooms` when not given. */
  readonly taskQueue?: string
}

/**
 * gRPC status codes that concern the one message; every other one would meet the next message too. Exhausted (8) is what a
 * workflow answers while it starts a new run, so it says nothing of Temporal as a whole.
 */
const faultsOfTheMessage = new Set([3 /* invalid */, 5 /* not found */, 6 /* exists */, 8, 9 /* precondition */, 11])

/** Connects at the first call, so that it can be built while Temporal is away; comes back by itself. */
export function temporalStarter(options: TemporalStarterOptions): WorkflowStarter {
  const { namespace, identity, taskQueue = roomsTaskQueue } = options
  const connection = Connection.lazy({
    ...connectionOptions(options),
    // The relay tries again by itself, and knows when to stop.
    interceptors: [],
    // Of its own accord gRPC would wait up to two minutes before it dials a server that came back.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 2_000 },
  })
  const client = new WorkflowClient({ connection, namespace, identity })
  const schedules = new ScheduleClient({ connection, namespace, identity })
  const inTime = async (call: () => Promise<unknown>): Promise<void> => {
    try {
      await connection.withDeadline(Date.now() + callDeadlineMs, call)
    } catch (error) {
      throw isFaultOfTheMessage(error) ? error : new TemporalAway(error)
    }
  }

  const deliver = deliveries(client, schedules, taskQueue, attributesKnown(connection, namespace))

  return {
    deliver: (message) => inTime(() => deliver(message)),
    check: () => inTime(() => connection.workflowService.describeNamespace({ namespace })).catch(asAway),
    close: () => connection.close(),
  }
}

function asAway(error: unknown): never {
  throw error instanceof TemporalAway ? error : new TemporalAway(error)
}

function isFaultOfTheMessage(error: unknown): boolean {
  const status = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error
  return isGrpcServiceError(status) && faultsOfTheMessage.has(status.code)
}

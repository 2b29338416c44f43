import { Connection } from '@temporalio/client'
import { workflowOfClock, type ClockKind } from '../protocol/workflows.ts'
import { callDeadlineMs, connectionOptions, type TemporalAccess } from './temporal-access.ts'

/** What Temporal tells of the workflows that run. Eventually consistent: a start or an end of the last seconds may be missing. */
export interface TemporalIndex {
  /** Those of these ids that run; 1,000 ids at the most. */
  running(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** A page of the ids of a kind that run. `next` is null on the last. */
  open(
    kind: ClockKind,
    after: string | null,
  ): Promise<{ readonly ids: readonly string[]; readonly next: string | null }>
  /** How many of a kind run. */
  count(kind: ClockKind): Promise<number>
  close(): Promise<void>
}

/** Ids in one query: longer ones are refused by some stores behind Temporal. */
const idsAtOnce = 100
const pageSize = 500

/** Connects at the first call. Every call rejects within `callDeadlineMs` while Temporal is away. */
export function temporalIndex(access: TemporalAccess): TemporalIndex {
  const { namespace } = access
  const connection = Connection.lazy({ ...connectionOptions(access), interceptors: [] })
  const inTime = <Value>(call: () => Promise<Value>): Promise<Value> =>
    connection.withDeadline(Date.now() + callDeadlineMs, call)
  const list = (query: string, nextPageToken = new Uint8Array()) =>
    inTime(() => connection.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken }))
  const idsOf = ({ executions }: Awaited<ReturnType<typeof list>>) =>
    executions.flatMap(({ execution }) => (execution?.workflowId ? [execution.workflowId] : []))
  return {
    running: async (ids) => {
      const found = new Set<string>()
      for (let first = 0; first < ids.length; first += idsAtOnce) {
        const asked = ids.slice(first, first + idsAtOnce).map(quoted)
        const page = await list(`WorkflowId IN (${asked.join(', ')}) AND ExecutionStatus = 'Running'`)
        for (const id of idsOf(page)) found.add(id)
      }
      return found
    },
    open: async (kind, after) => {
      const token = after === null ? undefined : Buffer.from(after, 'base64')
      const page = await list(`WorkflowType = '${workflowOfClock[kind]}' AND ExecutionStatus = 'Running'`, token)
      const next = Buffer.from(page.nextPageToken)
      return { ids: idsOf(page), next: next.length > 0 ? next.toString('base64') : null }
    },
    count: async (kind) => {
      const query = `WorkflowType = '${workflowOfClock[kind]}' AND ExecutionStatus = 'Running'`
      const { count } = await inTime(() => connection.workflowService.countWorkflowExecutions({ namespace, query }))
      return Number(count)
    },
    close: () => connection.close(),
  }
}

/** Ids are of UUIDs and of `A-Z a-z 0-9 _ . : -`; whatever else a guild is called, a quote does not end the text. */
const quoted = (id: string): string => `'${id.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

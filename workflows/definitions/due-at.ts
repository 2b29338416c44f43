import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow'
import { searchAttributes } from '../../protocol/workflows.ts'

/**
 * Has the workflow found under the deadline that it waits for by now, where it was started with one: a namespace that does not know the
 * attribute would have the task fail for ever.
 */
export function tellDueAt(atMs: number | null): void {
  const told = workflowInfo().typedSearchAttributes.get(searchAttributes.dueAt)
  if (atMs === null || told === undefined || told.getTime() === atMs) return
  upsertSearchAttributes([{ key: searchAttributes.dueAt, value: new Date(atMs) }])
}

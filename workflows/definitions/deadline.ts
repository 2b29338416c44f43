import { condition } from '@temporalio/workflow'

/**
 * Resolves once the deadline has come, was taken away (`null`), or `interrupted` says so. `untilMs` is Unix ms and is read
 * again whenever it changes, so a deadline may move either way while it is waited for. Absolute times only: the time of a
 * workflow task is the only clock here, and a duration carried along would be late by every delay on the way.
 */
export async function deadline(untilMs: () => number | null, interrupted: () => boolean): Promise<void> {
  for (let seen = untilMs(); seen !== null && seen > Date.now() && !interrupted(); seen = untilMs()) {
    const awaited = seen
    await condition(() => untilMs() !== awaited || interrupted(), awaited - Date.now())
  }
}

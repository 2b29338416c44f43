import type { SeenCheckpoint } from '../persistence/index.ts'

/**
 * The checkpoints that a relay's log tells of, whatever else stands there. A line that is cut off or is no JSON is passed over: logs
 * are rotated and mixed.
 */
export async function seenCheckpoints(lines: AsyncIterable<string>): Promise<readonly SeenCheckpoint[]> {
  const seen: SeenCheckpoint[] = []
  for await (const line of lines) {
    const checkpoint = line.includes('audit.checkpoint') ? checkpointOf(line) : null
    if (checkpoint) seen.push(checkpoint)
  }
  return seen
}

function checkpointOf(line: string): SeenCheckpoint | null {
  try {
    const fields = JSON.parse(line) as Readonly<Record<string, unknown>> | null
    const { msg, checkpoint: no, hash } = fields ?? {}
    const isOne = msg === 'audit.checkpoint' && typeof no === 'number' && typeof hash === 'string'
    return isOne ? { no, hash } : null
  } catch {
    return null
  }
}

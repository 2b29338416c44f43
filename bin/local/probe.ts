import { Type } from '@sinclair/typebox'
import { decoder } from '../../protocol/codec.ts'
import type { Probe } from './supervised-process.ts'

const Answer = Type.Object({ reasons: Type.Array(Type.String()) })
const decode = decoder(Answer)

/** Asks a process on its admin port whether it is ready. */
export const probeReady: Probe = async (adminPort) => {
  try {
    const response = await fetch(`http://127.0.0.1:${adminPort}/health/ready`, { signal: AbortSignal.timeout(2_000) })
    const { reasons } = decode(await response.json())
    return response.ok ? [] : reasons.length > 0 ? reasons : ['it says that it is not ready']
  } catch {
    return null
  }
}

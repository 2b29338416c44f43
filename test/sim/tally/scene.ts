import { actorKey } from '../../../protocol/ids.ts'
import { ManualTime } from '../../support/manual-time.ts'
import { tallyDefinition } from '../../support/tally-actor.ts'
import { actorNames } from '../plan.ts'
import type { MakeScene } from '../scene.ts'
import { SimWorld } from '../world.ts'
import { TallyClients } from './clients.ts'
import { TallyOracle } from './oracle.ts'
import { TallyPeace } from './peace.ts'

/** Small actors that count: the engine, and nothing else. */
export const tallyScene: MakeScene = (parts) => {
  const keys = actorNames.map((name) => actorKey('tally', name))
  const time = new ManualTime()
  const oracle = new TallyOracle(time)
  const world = new SimWorld(parts, time, { oracle, definitions: [tallyDefinition], keys: () => keys })
  const clients = new TallyClients(world, parts.plan.setting.pace)
  return { world, clients, peace: new TallyPeace(world, clients) }
}

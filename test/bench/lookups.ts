import { createPlacement } from '../../cluster/index.ts'
import { LeaseView } from '../../cluster/membership/view.ts'
import type { ActorKey } from '../../protocol/ids.ts'
import { upMember } from '../support/specimens.ts'
import type { Figure } from './figures.ts'

const choices = 20_000

/** What one choice of a node for an actor without an owner takes, in clusters of three sizes. No process is involved. */
export async function lookups(): Promise<readonly Figure[]> {
  const placement = await createPlacement()
  return [8, 32, 100].map((count) => {
    const view = new LeaseView(
      1,
      Array.from({ length: count }, (_, index) => upMember(`node-${index + 1}`, { load: 10 })),
    )
    const choose = (times: number) => {
      const fromNs = process.hrtime.bigint()
      for (let number = 0; number < times; number += 1) placement.choose(`room:${number}` as ActorKey, view)
      return Number(process.hrtime.bigint() - fromNs) / times / 1_000
    }
    choose(choices / 4)
    return { what: `a choice among ${count} nodes`, value: `${choose(choices).toFixed(2)} µs`, goal: '1 µs' }
  })
}

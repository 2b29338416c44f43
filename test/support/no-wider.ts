import type { WiderSanctions } from '../../persistence/sanctions/port.ts'

/** A record in which nothing stands on anybody beyond one room or zone. */
export const noWider: WiderSanctions = {
  on: () => Promise.resolve(new Map()),
  listen: () => Promise.resolve(() => Promise.resolve()),
}

/*
 * What regions and gateways say to each other about whose a player is, and the gateway's side of it: the fence. The regions' side
 * is `actors/zone/hand-off.ts`.
 *
 * Epochs of a player only rise, and each belongs to one life of one region: its number and its life stand in the lower bits. So
 * two that go on from the same epoch, which takes a lost message and a lost node, never share one; the gateway lets one of them
 * through and tells the other.
 */

/** A region on a node: each time it begins anew, without what it knew, it is another life. */
export interface Self {
  /** At most 65,535. */
  readonly region: number
  /** The region's epoch on its node, its lowest 12 bits. */
  readonly life: number
}

const countStep = 2 ** 28

/** The next epoch after `epoch` that is that life's. */
export const nextEpoch = (epoch: number, { region, life }: Self): number =>
  (Math.floor(epoch / countStep) + 1) * countStep + (life % 4096) * 65_536 + region
export const regionOfEpoch = (epoch: number): number => epoch % 65_536
/** Whether an epoch is that life's. */
export const isOf = (epoch: number, { region, life }: Self): boolean =>
  epoch % countStep === (life % 4096) * 65_536 + region

/** A gateway that heard nothing of a player for so long asks for an owner, ms. */
export const silenceMs = 1000

/** What goes along with a player. */
export interface Passage {
  readonly epoch: number
  /** Number of the last frame that was emitted: the next owner goes on from there. */
  readonly out: number
  /** Number of the last position that counted. */
  readonly seq: number
}

export type RegionMessage =
  | { readonly type: 'prepare'; readonly from: number; readonly passage: Passage }
  /** `of` is the epoch of who offered, `epoch` the one in which the sender would go on. */
  | { readonly type: 'ready'; readonly from: number; readonly of: number; readonly epoch: number }
  | { readonly type: 'commit'; readonly from: number; readonly passage: Passage }
  | { readonly type: 'committed'; readonly from: number; readonly epoch: number }
  /** By a gateway, or sent on by the former owner. */
  | { readonly type: 'position'; readonly seq: number }
  /** By a gateway that hears of nobody: what it saw last. */
  | { readonly type: 'adopt'; readonly passage: Passage }
  /** By a gateway: somebody with that epoch is the owner. */
  | { readonly type: 'fenced'; readonly epoch: number }

export type GatewayMessage =
  | { readonly type: 'reroute'; readonly region: number; readonly epoch: number }
  | { readonly type: 'frame'; readonly epoch: number; readonly out: number }

/** What a gateway knows of a player. */
export interface Fence extends Passage {
  readonly route: number
  readonly heardAtMs: number
}

export interface FenceStep {
  readonly fence: Fence
  /** The frame goes to the client. */
  readonly isPassed: boolean
  /** Frames before it are missing: the client has to be told everything. */
  readonly needsResync: boolean
  readonly toRegions: readonly { readonly to: number; readonly message: RegionMessage }[]
}

const hold = (fence: Fence): FenceStep => ({ fence, isPassed: false, needsResync: false, toRegions: [] })

/** One step of a gateway's fence. Frames pass by rising (epoch, number); whoever is behind is told. */
export function stepFence(fence: Fence, input: GatewayMessage | { readonly type: 'tick' }, nowMs: number): FenceStep {
  if (input.type === 'tick') {
    if (nowMs - fence.heardAtMs < silenceMs) return hold(fence)
    const { epoch, out, seq, route } = fence
    const asked = { to: route, message: { type: 'adopt' as const, passage: { epoch, out, seq } } }
    return { ...hold({ ...fence, heardAtMs: nowMs }), toRegions: [asked] }
  }
  if (input.type === 'reroute') {
    return hold(input.epoch > fence.epoch ? { ...fence, route: input.region } : fence)
  }
  const from = regionOfEpoch(input.epoch)
  if (input.epoch < fence.epoch) {
    return { ...hold(fence), toRegions: [{ to: from, message: { type: 'fenced', epoch: fence.epoch } }] }
  }
  if (input.epoch === fence.epoch && input.out <= fence.out) return hold(fence)
  return {
    fence: { ...fence, route: from, epoch: input.epoch, out: input.out, heardAtMs: nowMs },
    isPassed: true,
    needsResync: input.out !== fence.out + 1,
    toRegions: [],
  }
}

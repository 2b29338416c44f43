import {
  isOf,
  nextEpoch,
  type GatewayMessage,
  type Passage,
  type RegionMessage,
  type Self,
} from '../../protocol/zone/fence.ts'

/*
 * Who says what a player hears, while they walk from one region into the next: exactly one region at a time, whatever becomes of
 * messages. Each region has at most one copy of a player and steps it by what comes in; the gateway is the fence
 * (`protocol/zone/fence.ts`).
 */

/** An offer that nobody took up is over after so long, ms: the region stays the owner. */
export const offerMs = 1000
/** What was made ready and never committed is dropped after so long, ms. */
export const pendingMs = 3000
/** A commit is sent again until it is answered, ms. */
export const resendMs = 200
/** What still comes to the former owner is sent on for so long, ms. */
export const forwardMs = 2000
/** What one region knows of a player. */
export type Copy =
  /** It emits, and nobody else does. */
  | ({ readonly role: 'owner' } & Passage)
  /** It still emits, and has offered the player to another. */
  | ({ readonly role: 'offering'; readonly to: number; readonly untilMs: number } & Passage)
  /** It emits no more. `epoch` is the next owner's. The commit is sent again until it is answered; positions are sent on. */
  | ({
      readonly role: 'handed'
      readonly to: number
      readonly isAcked: boolean
      readonly resendAtMs: number
      readonly untilMs: number
    } & Passage)
  /** It is ready, and emits nothing yet. */
  | ({ readonly role: 'pending'; readonly untilMs: number } & Passage)

export type RegionInput =
  | RegionMessage
  /** The player walked out of the region, into that one. */
  | { readonly type: 'cross'; readonly to: number }
  /** The end of a tick: the time to emit, to commit and to give up. */
  | { readonly type: 'tick' }

export interface RegionStep {
  readonly copy: Copy | null
  readonly toRegions: readonly { readonly to: number; readonly message: RegionMessage }[]
  readonly toGateway: readonly GatewayMessage[]
}

type Message<Type extends RegionMessage['type']> = Extract<RegionMessage, { type: Type }>

const stay = (copy: Copy | null): RegionStep => ({ copy, toRegions: [], toGateway: [] })
const emits = (copy: Copy | null): copy is Extract<Copy, { role: 'owner' | 'offering' }> =>
  copy?.role === 'owner' || copy?.role === 'offering'

/** One step of a region's copy of a player; null for none. */
export function stepRegion(copy: Copy | null, input: RegionInput, self: Self, nowMs: number): RegionStep {
  switch (input.type) {
    case 'cross':
      return cross(copy, input.to, self, nowMs)
    case 'tick':
      return tick(copy, self, nowMs)
    case 'prepare':
      return prepare(copy, input, self, nowMs)
    case 'ready':
      return ready(copy, input, self, nowMs)
    case 'commit':
      return commit(copy, input, self)
    case 'committed':
      if (copy?.role !== 'handed' || copy.epoch !== input.epoch) return stay(copy)
      return stay({ ...copy, isAcked: true, untilMs: nowMs + forwardMs })
    case 'position':
      return position(copy, input)
    case 'adopt':
      return adopt(copy, input.passage, self)
    case 'fenced':
      return stay(copy && copy.role !== 'handed' && copy.role !== 'pending' && copy.epoch < input.epoch ? null : copy)
  }
}

function cross(copy: Copy | null, to: number, { region }: Self, nowMs: number): RegionStep {
  if (copy?.role !== 'owner' || to === region) return stay(copy)
  const { epoch, out, seq } = copy
  return {
    copy: { role: 'offering', epoch, out, seq, to, untilMs: nowMs + offerMs },
    toRegions: [{ to, message: { type: 'prepare', from: region, passage: { epoch, out, seq } } }],
    toGateway: [],
  }
}

function tick(copy: Copy | null, { region }: Self, nowMs: number): RegionStep {
  if (copy === null) return stay(null)
  if (copy.role === 'pending') return stay(nowMs >= copy.untilMs ? null : copy)
  if (copy.role === 'handed') {
    if (copy.isAcked) return stay(nowMs >= copy.untilMs ? null : copy)
    if (nowMs < copy.resendAtMs) return stay(copy)
    const passage = { epoch: copy.epoch, out: copy.out, seq: copy.seq }
    return {
      copy: { ...copy, resendAtMs: nowMs + resendMs },
      toRegions: [{ to: copy.to, message: { type: 'commit', from: region, passage } }],
      toGateway: [],
    }
  }
  const out = copy.out + 1
  const { epoch, seq } = copy
  const isOver = copy.role === 'offering' && nowMs >= copy.untilMs
  return {
    copy: isOver ? { role: 'owner', epoch, out, seq } : { ...copy, out },
    toRegions: [],
    toGateway: [{ type: 'frame', epoch, out }],
  }
}

/** Makes ready for a player who comes, unless more recent things are known. Who was passed over without knowing it goes on until told. */
function prepare(copy: Copy | null, { from, passage }: Message<'prepare'>, self: Self, nowMs: number): RegionStep {
  if (emits(copy) || (copy?.role === 'handed' && copy.epoch > passage.epoch)) return stay(copy)
  const epoch = nextEpoch(passage.epoch, self)
  if (copy?.role === 'pending' && copy.epoch > epoch) return stay(copy)
  return {
    copy: { role: 'pending', ...passage, epoch, untilMs: nowMs + pendingMs },
    toRegions: [{ to: from, message: { type: 'ready', from: self.region, of: passage.epoch, epoch } }],
    toGateway: [],
  }
}

/** The other side is ready: from here on this one emits nothing. What it knows by now goes along. */
function ready(copy: Copy | null, { from, of, epoch }: Message<'ready'>, { region }: Self, nowMs: number): RegionStep {
  if (copy?.role !== 'offering' || copy.to !== from || copy.epoch !== of) return stay(copy)
  const passage = { epoch, out: copy.out, seq: copy.seq }
  const times = { resendAtMs: nowMs + resendMs, untilMs: nowMs + forwardMs }
  return {
    copy: { role: 'handed', to: from, ...passage, isAcked: false, ...times },
    toRegions: [{ to: from, message: { type: 'commit', from: region, passage } }],
    toGateway: [{ type: 'reroute', region: from, epoch }],
  }
}

/**
 * Taken whatever was known before: the one who sends it emits no more, and cannot go back. If the one who was ready has begun anew
 * meanwhile, it goes on in an epoch of its own.
 */
function commit(copy: Copy | null, { from, passage }: Message<'commit'>, self: Self): RegionStep {
  const { region } = self
  const answer = { to: from, message: { type: 'committed' as const, from: region, epoch: passage.epoch } }
  const isOld = copy && (copy.epoch > passage.epoch || (copy.epoch === passage.epoch && copy.role !== 'pending'))
  if (isOld) return { copy, toRegions: [answer], toGateway: [] }
  const epoch = isOf(passage.epoch, self) ? passage.epoch : nextEpoch(passage.epoch, self)
  return {
    copy: { role: 'owner', ...passage, epoch },
    toRegions: [answer],
    toGateway: [{ type: 'reroute', region, epoch }],
  }
}

function position(copy: Copy | null, { seq }: Message<'position'>): RegionStep {
  if (copy?.role === 'handed')
    return { ...stay(copy), toRegions: [{ to: copy.to, message: { type: 'position', seq } }] }
  if (copy === null || copy.role === 'pending' || seq <= copy.seq) return stay(copy)
  return stay({ ...copy, seq })
}

/** A gateway hears of nobody. Whoever handed the player on names the next one; whoever knows nothing goes on in their place. */
function adopt(copy: Copy | null, passage: Passage, self: Self): RegionStep {
  if (copy?.role === 'handed') {
    const isNews = copy.epoch > passage.epoch
    return { ...stay(copy), toGateway: isNews ? [{ type: 'reroute', region: copy.to, epoch: copy.epoch }] : [] }
  }
  if (emits(copy) && copy.epoch >= passage.epoch) return stay(copy)
  const epoch = nextEpoch(passage.epoch, self)
  return {
    copy: { role: 'owner', epoch, out: passage.out, seq: passage.seq },
    toRegions: [],
    toGateway: [{ type: 'reroute', region: self.region, epoch }],
  }
}

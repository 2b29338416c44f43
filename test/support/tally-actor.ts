import type { ActorDefinition } from '../../cluster/actor-runtime/definition.ts'
import { AppError } from '../../protocol/errors.ts'
import type { SessionId } from '../../protocol/ids.ts'

/** A small actor for testing the engine: it counts, may be told to count later, and whispers. */
export type TallyCommand =
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'add_at'; readonly atMs: number }
  | { readonly type: 'mood'; readonly mood: string }
  | { readonly type: 'attach' | 'detach'; readonly session: SessionId }
  | { readonly type: 'read' | 'wake' | 'break' }

export type TallyEvent =
  { readonly type: 'added'; readonly by: number } | { readonly type: 'planned'; readonly atMs: number }

export interface TallyState {
  readonly total: number
  readonly dueMs: number | null
  readonly mood: string
  readonly attached: readonly SessionId[]
}

type Change = Partial<Pick<TallyState, 'mood' | 'attached'>>
export interface TallyWrite {
  readonly write: 'tally'
  readonly total: number
}

/** Adding more than 100 at once is against the rules. */
const maxStep = 100

const nothing = { events: [], changes: [], pushes: [] }

export const tallyDefinition: ActorDefinition<TallyState, TallyCommand, TallyEvent, Change, TallyWrite> = {
  kind: 'tally',
  decodeCommand: (raw) => {
    if (typeof raw !== 'object' || raw === null || !('type' in raw)) throw new AppError('VALIDATION_FAILED')
    return raw as TallyCommand
  },
  decodeEvent: (raw) => raw as TallyEvent,
  initial: () => ({ total: 0, dueMs: null, mood: 'calm', attached: [] }),
  decide: (state, command, { nowMs }) => {
    switch (command.type) {
      case 'add':
        return command.by > maxStep
          ? { ...nothing, reply: { reject: 'FORBIDDEN', data: { most: maxStep } } }
          : { ...nothing, events: [{ type: 'added', by: command.by }], reply: { ok: state.total + command.by } }
      case 'add_at':
        return { ...nothing, events: [{ type: 'planned', atMs: command.atMs }], reply: { ok: null } }
      case 'mood':
        return {
          ...nothing,
          changes: [{ mood: command.mood }],
          reply: { ok: command.mood },
          pushes: [{ to: 'all', body: { type: 'mood', mood: command.mood } }],
        }
      case 'attach':
        return { ...nothing, changes: [{ attached: [...state.attached, command.session] }], reply: { ok: null } }
      case 'detach':
        return {
          ...nothing,
          changes: [{ attached: state.attached.filter((session) => session !== command.session) }],
          reply: { ok: null },
        }
      case 'wake':
        return state.dueMs !== null && state.dueMs <= nowMs
          ? { ...nothing, events: [{ type: 'added', by: 1 }], reply: { ok: null } }
          : { ...nothing, reply: { ok: null } }
      case 'break':
        throw new TypeError('a defect in the rules')
      case 'read':
        return { ...nothing, reply: { ok: state } }
    }
  },
  evolve: (state, event) =>
    event.type === 'added' ? { ...state, total: state.total + event.by, dueMs: null } : { ...state, dueMs: event.atMs },
  applyChange: (state, change) => ({ ...state, ...change }),
  toSnapshot: ({ total, dueMs }) => ({ total, dueMs }),
  fromSnapshot: (_key, raw) => ({ mood: 'calm', attached: [], ...(raw as Pick<TallyState, 'total' | 'dueMs'>) }),
  writes: (_event, after) => [{ write: 'tally', total: after.total }],
  publish: (event) => event,
  welcome: ({ total }) => ({ total }),
  beside: ({ mood }) => ({ mood }),
  nextWakeAtMs: ({ dueMs }) => dueMs,
  wakeCommand: { type: 'wake' },
  detachCommand: (session) => ({ type: 'detach', session }),
  activatedCommand: () => null,
  mayRest: ({ attached }) => attached.length === 0,
  gauges: ({ total }) => ({ total }),
  counts: (event) => [event.type],
}

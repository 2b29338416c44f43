import type { Push } from '../../cluster/actor-runtime/definition.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { fullMeshMax } from '../../protocol/room/mesh.ts'
import { push } from './decision.ts'
import type { RoomChange } from './evolve.ts'
import { planLinks, type MeshPerson } from './mesh-plan.ts'
import { completeLinks, emptyMesh, isLinked, linksOf, withRestored, type Mesh } from './mesh-state.ts'
import { hasStage, isSpeaking, maySendAudio } from './speech.ts'
import { presenceOf } from './state.ts'
import type { RoomState, Seat } from './state.ts'

/** Who links with whom, in rooms that are too large for everybody to link with everybody. Volatile. */

/** What changes in a room meanwhile is answered by one plan. Ms. */
const planEveryMs = 500
/** Whoever fell silent counts as a speaker for so long: pauses move no links. Ms. */
export const speakerForMs = 20_000
/** A fresh activation waits so long for its sessions to tell what links they have. Ms. */
export const settleMs = 3_000
/** A session that comes later is still believed for so long. Ms. */
export const restoreMs = 30_000

/** When links are to be planned next, Unix ms; null for never. */
export function meshDueMs(state: RoomState): number | null {
  const { mesh, seats } = state
  if (!mesh) return seats.size > fullMeshMax ? 0 : null
  const isStale = mesh.untold.size > 0 || basisOf(state).some((fact, index) => fact !== mesh.basis[index])
  const soonestMs = Math.max(mesh.plannedAtMs + planEveryMs, mesh.settleUntilMs)
  if (isStale) return soonestMs
  return mesh.nextAtMs === null ? null : Math.max(mesh.nextAtMs, soonestMs)
}

/** The plan, where it is due, and word to each session whose links it changes. */
export function planMesh(
  state: RoomState,
  nowMs: number,
): { readonly changes: readonly RoomChange[]; readonly pushes: readonly Push[] } {
  const dueMs = meshDueMs(state)
  if (dueMs === null || dueMs > nowMs) return { changes: [], pushes: [] }
  const mesh = state.mesh ?? begun(state)
  const plan = planLinks(mesh, peopleOf(state, nowMs), nowMs)
  // Whoever tells of links after a crash may find the room small by now: all of it at once, since most of it stands already.
  const isFull = plan.isComplete || (state.seats.size <= fullMeshMax && nowMs < mesh.restoreUntilMs)
  if (isFull) {
    const pushes = Array.from(state.sessions.keys(), (session) => linksPush(session, null))
    return { changes: [{ change: 'mesh', mesh: null }], pushes }
  }
  const next: Mesh = {
    ...mesh,
    ...{ links: plan.links, linkedAtMs: plan.linkedAtMs, nextAtMs: plan.nextAtMs },
    ...{ plannedAtMs: nowMs, untold: new Set(), basis: basisOf(state) },
  }
  const told = new Set([...plan.changed, ...mesh.untold].filter((session) => state.sessions.has(session)))
  const pushes = Array.from(told, (session) => linksPush(session, linksOf(next, session)))
  return { changes: [{ change: 'mesh', mesh: next }], pushes }
}

/** The room has just become too large: those who came first have the links that they made, and everybody is told. */
const begun = ({ seats }: RoomState): Mesh => {
  const sessions = Array.from(seats.values(), ({ sessionId }) => sessionId)
  return { ...emptyMesh, links: completeLinks(sessions.slice(0, fullMeshMax)), untold: new Set(sessions) }
}

/** A fresh activation knows of no links; in a large room it waits for its sessions to tell them. */
export const meshOfActivation = ({ seats }: RoomState, nowMs: number): readonly RoomChange[] =>
  seats.size > fullMeshMax
    ? [
        {
          change: 'mesh',
          mesh: { ...emptyMesh, settleUntilMs: nowMs + settleMs, restoreUntilMs: nowMs + restoreMs },
        },
      ]
    : []

/** A session is attached: it is believed what links it had, while that can still be so, and is told what it has. */
export function meshOfAttached(
  { mesh }: RoomState,
  { sessionId }: Seat,
  links: readonly SessionId[] | undefined,
  nowMs: number,
): readonly RoomChange[] {
  // It had links chosen for it by an owner that is gone, and the room is a small one by now.
  if (!mesh)
    return links
      ? [{ change: 'mesh', mesh: { ...emptyMesh, untold: new Set([sessionId]), restoreUntilMs: nowMs + restoreMs } }]
      : []
  const restored = links && nowMs < mesh.restoreUntilMs ? withRestored(mesh, sessionId, links) : mesh
  return [{ change: 'mesh', mesh: { ...restored, untold: new Set(mesh.untold).add(sessionId) } }]
}

/** Whether the room lets these two link, so that one may signal the other. */
export const mayLink = ({ mesh }: RoomState, one: SessionId, other: SessionId, nowMs: number): boolean =>
  mesh === null || nowMs < mesh.settleUntilMs || isLinked(mesh, one, other)

const linksPush = (session: SessionId, links: readonly SessionId[] | null): Push =>
  push([session], { type: 'links', session_id: session, links })

const basisOf = ({ room, seats, presence, stage }: RoomState): readonly unknown[] => [room, seats, presence, stage]

function peopleOf(state: RoomState, nowMs: number): MeshPerson[] {
  const isStaged = hasStage(state)
  return Array.from(state.seats.values(), ({ sessionId: session, userId }): MeshPerson => {
    const presence = presenceOf(state, session)
    const isHeard = isSpeaking(state, userId, presence)
    const spokeAtMs = isHeard ? nowMs : (presence.spokeAtMs ?? 0)
    const isSpeaker = isHeard || (nowMs - spokeAtMs < speakerForMs && maySendAudio(state, userId))
    const isListener = isStaged && !state.stage.speakers.has(userId)
    return { session, isConnected: presence.connected, voice: isSpeaker ? 2 : isListener ? 0 : 1, spokeAtMs }
  })
}

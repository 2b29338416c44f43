import type { Directory, Member, Membership, MembershipView } from '../cluster/membership/port.ts'
import type { Placement, Preference } from '../cluster/placement/port.ts'
import type { PastState } from '../cluster/index.ts'
import { verifyAudit, type AuditVerdict, type ReadTrail, type SeenCheckpoint } from '../persistence/index.ts'
import type { AuditRecords } from '../persistence/audit/port.ts'
import type { Audited, EpochGrant, Finding, JournalHistory } from '../persistence/history/port.ts'
import type { Raid, RaidBook } from '../persistence/raids/port.ts'
import type { ZoneRecords } from '../persistence/zones/port.ts'
import type { ActorRouter } from '../cluster/routing/port.ts'
import type { ZoneRegions } from '../gateway/index.ts'
import type { ControlAnswer, ControlRequest } from '../protocol/cluster/control.ts'
import type { CommandResult, Position } from '../protocol/cluster/results.ts'
import { AppError } from '../protocol/errors.ts'
import { commandId, roomKey, type ActorKey, type ProcessId, type RoomId, type UserId } from '../protocol/ids.ts'
import type { Random } from '../protocol/ports.ts'
import type { RaidId } from '../protocol/raids/values.ts'
import type { RoomSnapshotView } from '../protocol/room/view.ts'
import { zoneKey, type ZoneId } from '../protocol/zone/plan.ts'
import { shareCut, type Cut, type RegionMap } from '../protocol/zone/region-map.ts'
import type { MapReply } from '../protocol/zone/replies.ts'
import type { ZoneView } from '../protocol/zone/view.ts'
import type { RaidReport } from './roomctl-raids.ts'
import type { ZoneReport } from './roomctl-zones.ts'

/** A room as roomctl shows it. */
export interface RoomReport {
  readonly roomId: RoomId
  /** The process that owns it, null for nobody. */
  readonly owner: Member | null
  readonly at: Position
  /** Where the rest comes from: the living room, or its journal, where nobody owns it or the owner does not answer. */
  readonly answeredBy: 'owner' | 'journal'
  readonly snapshot: RoomSnapshotView
}

/** What roomctl asks the cluster. */
export interface RoomctlBackend {
  /** Rejects when Redis does not answer. */
  cluster(): Promise<MembershipView>
  /** Throws ROOM_NOT_FOUND; rejects when neither owner nor Postgres answers. Wakes nothing. */
  room(roomId: RoomId): Promise<RoomReport>
  /** Has a node do something. Throws for a process that is no node; rejects when it does not answer. */
  order(node: ProcessId, request: ControlRequest): Promise<ControlAnswer>
  /** Has the owner of the room hand it on. */
  move(roomId: RoomId, to: ProcessId | undefined): Promise<ControlAnswer>
  /** The nodes in the order in which placement would give them the room, and who owns it now. */
  why(roomId: RoomId): Promise<PlacementReport>
  /** Looks for what must never be in the record of one room, or of every actor where it is null. */
  audit(roomId: RoomId | null): Promise<AuditReport>
  /**
   * Recomputes the audit log, of one room or of everything. Throws ROOM_NOT_FOUND where nothing is known of it. `seen`: checkpoints as
   * they stand outside the record.
   */
  verifyAudit(roomId: RoomId | null, seen: readonly SeenCheckpoint[]): Promise<AuditVerdict>
  /** Takes what speaks of a person out of the audit log; its chains hold. Returns how many rows. */
  eraseFromAudit(userId: UserId): Promise<number>
  /** The room as it was. Throws ROOM_NOT_FOUND where its journal holds nothing by then. */
  replay(roomId: RoomId, upTo: ReplayUpTo): Promise<PastState>
  /** The next raids, the soonest first; of everybody and every guild. */
  raids(): Promise<readonly Raid[]>
  /** Throws RAID_NOT_FOUND. */
  raid(raidId: RaidId): Promise<RaidReport>
  /** The newest zones, of everybody and every guild. */
  zones(): Promise<readonly ZoneView[]>
  /** Throws ZONE_NOT_FOUND. Wakes the zone: its regions are asked. */
  zone(zoneId: ZoneId): Promise<ZoneReport>
  /** Cuts a region in two as its own load would, wherever one likes. Throws what the root of the zone refuses with. */
  cutRegion(zoneId: ZoneId, region: number, cut: Cut): Promise<MapReply>
  /** Has two regions share its area, as a crowd does that no line would divide. Throws in the same way. */
  shareRegion(zoneId: ZoneId, region: number): Promise<MapReply>
  /** Makes one region of it and its sibling. Throws in the same way. */
  mergeRegion(zoneId: ZoneId, region: number): Promise<MapReply>
  close(): Promise<void>
}

/** A seq, or a time as Unix ms. */
export type ReplayUpTo = { readonly seq: number } | { readonly atMs: number }

export interface AuditReport {
  readonly audited: Audited
  readonly findings: readonly Finding[]
  /** Who had the room, where one was asked for. */
  readonly grants: readonly EpochGrant[]
}

/** Where a room would go, and where it is. */
export interface PlacementReport {
  readonly roomId: RoomId
  readonly owner: Member | null
  /** Where the room is for; null for anywhere, and for a room that does not exist. */
  readonly region: string | null
  readonly preferences: readonly Preference[]
}

export interface BackendParts {
  readonly membership: Pick<Membership, 'refresh'>
  readonly directory: Pick<Directory, 'resolveMany'>
  readonly router: Pick<ActorRouter, 'ask'>
  /** Reads of actors without an owner. */
  readonly journal: { read(key: ActorKey, command: unknown): Promise<CommandResult> }
  readonly placement: Placement
  readonly history: Pick<JournalHistory, 'audit' | 'grants'>
  readonly auditTrail: ReadTrail
  readonly auditRecords: Pick<AuditRecords, 'erase'>
  readonly raids: Pick<RaidBook, 'list' | 'read' | 'roster'>
  readonly zones: Pick<ZoneRecords, 'list'>
  readonly zoneRegions: Pick<ZoneRegions, 'show'>
  readonly nowMs: () => number
  readonly past: (key: ActorKey, upTo: ReplayUpTo) => Promise<PastState | null>
  readonly order: (node: Member, request: ControlRequest) => Promise<ControlAnswer>
  readonly random: Random
  readonly close: () => Promise<void>
}

/** As many as a person reads. */
const raidsShown = 50
const zonesShown = 50

const view = { type: 'view', as: null }

export function createBackend(parts: BackendParts): RoomctlBackend {
  const { membership, directory, router, journal, placement, random, close } = parts
  const ownerOf = async (key: ActorKey): Promise<Member | null> => {
    const members = await membership.refresh()
    const [ref] = await directory.resolveMany([key])
    const member = ref ? members.get(ref.process) : null
    return ref && member?.incarnation === ref.incarnation ? member : null
  }
  const askRoot = async <Value>(zoneId: ZoneId, command: object): Promise<Value> => {
    const id = commandId(`roomctl-${random.uuid()}`, 1)
    return valueOf(await router.ask(zoneKey(zoneId), command, { commandId: id })) as Value
  }
  /** By the map as it is now: who changes it meanwhile has changed it first. */
  const changeMap = async (zoneId: ZoneId, change: (map: RegionMap) => object): Promise<MapReply> => {
    const { map } = (await parts.zoneRegions.show(zoneId, false)).plan
    return askRoot(zoneId, { ...change(map), version: map.version })
  }
  return {
    cluster: () => membership.refresh(),
    room: async (roomId) => {
      const key = roomKey(roomId)
      const owner = await ownerOf(key)
      const options = { commandId: commandId(`roomctl-${random.uuid()}`, 1), activate: false }
      const live = owner ? await router.ask(key, view, options) : null
      const answered = live !== null && live.status !== 'retry_after' && live.status !== 'unknown'
      const result = answered ? live : await journal.read(key, view)
      return { roomId, owner, answeredBy: answered ? 'owner' : 'journal', ...shown(result) }
    },
    order: async (name, request) => {
      const node = (await membership.refresh()).get(name)
      if (node?.role !== 'node') return { done: false, problem: `${name} is no node with a lease` }
      return parts.order(node, request)
    },
    move: async (roomId, to) => {
      const owner = await ownerOf(roomKey(roomId))
      if (!owner) return { done: false, problem: 'nobody has the room in memory: it is loaded where it is next used' }
      return parts.order(owner, { verb: 'move', key: roomKey(roomId), ...(to === undefined ? {} : { to }) })
    },
    why: async (roomId) => {
      const key = roomKey(roomId)
      const owner = await ownerOf(key)
      const stored = await journal.read(key, view)
      const region = stored.status === 'ok' ? (stored.value as RoomSnapshotView).room.region : null
      const preferences = placement.preferences(key, await membership.refresh(), { region })
      return { roomId, owner, region, preferences }
    },
    audit: async (roomId) => {
      const key = roomId === null ? null : roomKey(roomId)
      const { audited, findings } = await parts.history.audit(key)
      if (key !== null && audited.actors === 0) throw new AppError('ROOM_NOT_FOUND')
      return { audited, findings, grants: key === null ? [] : await parts.history.grants(key) }
    },
    verifyAudit: async (roomId, seen) => {
      const verdict = await verifyAudit(parts.auditTrail, { chain: roomId === null ? null : roomKey(roomId), seen })
      if (roomId !== null && verdict.rows === 0 && verdict.findings.length === 0) throw new AppError('ROOM_NOT_FOUND')
      return verdict
    },
    eraseFromAudit: (userId) => parts.auditRecords.erase(userId),
    replay: async (roomId, upTo) => {
      const past = await parts.past(roomKey(roomId), upTo)
      if (!past) throw new AppError('ROOM_NOT_FOUND')
      return past
    },
    raids: async () => (await parts.raids.list({ visibleTo: 'all' }, raidsShown, null)).raids,
    raid: async (raidId) => {
      const nowMs = parts.nowMs()
      const found = await parts.raids.read(raidId, nowMs)
      if (!found) throw new AppError('RAID_NOT_FOUND')
      const next = found.occurrences.find(({ endsAtMs }) => endsAtMs > nowMs)
      return { ...found, roster: await parts.raids.roster(raidId, next?.slot ?? '') }
    },
    zones: async () => (await parts.zones.list({}, zonesShown, null)).zones,
    zone: async (zoneId) => ({
      zone: await askRoot<ZoneView>(zoneId, { type: 'view' }),
      shown: await parts.zoneRegions.show(zoneId, false),
    }),
    cutRegion: (zoneId, region, cut) => changeMap(zoneId, () => ({ type: 'cut', region, ...cut })),
    shareRegion: (zoneId, region) => changeMap(zoneId, (map) => ({ type: 'cut', region, ...shareCut(map, region) })),
    mergeRegion: (zoneId, region) => changeMap(zoneId, () => ({ type: 'merge', region })),
    close,
  }
}

function shown(result: CommandResult): { at: Position; snapshot: RoomSnapshotView } {
  // The room's own answer to `view`, by an authenticated node or by the same rules run here.
  const snapshot = valueOf(result) as RoomSnapshotView
  return { at: 'at' in result ? result.at : { epoch: 0, seq: 0 }, snapshot }
}

/** What was answered. Throws where nothing was carried out. */
function valueOf(result: CommandResult): unknown {
  switch (result.status) {
    case 'ok':
    case 'accepted':
      return result.value
    case 'rejected':
      throw new AppError(result.code, result.data)
    case 'retry_after':
      throw new AppError(result.code)
    case 'unknown':
      throw new AppError('OUTCOME_UNKNOWN')
  }
}

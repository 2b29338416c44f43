import type { Member, MembershipView } from '../cluster/membership/port.ts'
import type { ParticipantView, SanctionView } from '../protocol/room/view.ts'
import type { Preference } from '../cluster/placement/port.ts'
import type { PastState } from '../cluster/index.ts'
import type { EpochGrant, Finding } from '../persistence/history/port.ts'
import type { AuditReport, PlacementReport, RoomReport } from './roomctl-backend.ts'
import { byName, preferencesJson, processJson } from './cluster-json.ts'
import { keyValueTable, renderTable, type Column, type Screen } from './table.ts'

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
const yes = (value: boolean): string => (value ? 'yes' : '')
const addressOf = ({ address }: Member): string => (address ? `${address.host}:${address.port}` : '–')
const memberColumns: readonly Column<Member>[] = [
  { heading: 'process', value: (member) => member.process, cut: true },
  { heading: 'role', value: (member) => member.role },
  { heading: 'state', value: (member) => member.state },
  { heading: 'pid', value: (member) => member.pid, align: 'right' },
  { heading: 'lease left', value: (member) => seconds(member.leaseLeftMs), align: 'right' },
  { heading: 'actors', value: (member) => (member.role === 'node' ? member.load : '–'), align: 'right' },
  { heading: 'links at', value: addressOf, cut: true },
  { heading: 'admin', value: (member) => member.adminPort, align: 'right' },
  { heading: 'host', value: (member) => member.hostLabel, cut: true },
]

/** `roomctl cluster` for people. */
export function clusterText({ ringVersion, members }: MembershipView, screen: Screen): string {
  if (members.length === 0) return 'No process holds a lease.'
  const count = members.length === 1 ? 'one process' : `${members.length} processes`
  return `${renderTable(members.toSorted(byName), memberColumns, screen)}\n\n${count}, ring version ${ringVersion}`
}

/** `roomctl room --json`. */
export const roomJson = ({ roomId, owner, at, answeredBy, snapshot }: RoomReport) => ({
  room_id: roomId,
  owner: owner ? processJson(owner) : null,
  epoch: at.epoch,
  seq: at.seq,
  answered_by: answeredBy,
  room: snapshot.room,
  participants: snapshot.participants,
  sanctions: snapshot.sanctions,
  stage: snapshot.stage,
  mesh: snapshot.mesh,
})

const seatColumns: readonly Column<ParticipantView>[] = [
  { heading: 'user', value: (seat) => seat.user_id },
  { heading: 'name', value: (seat) => seat.username, cut: true },
  { heading: 'role', value: (seat) => seat.role },
  { heading: 'connected', value: (seat) => yes(seat.is_connected) },
  {
    heading: 'muted',
    value: (seat) => (seat.is_muted ? (seat.muted_until ?? 'for good') : yes(seat.self_muted) && 'self'),
  },
  { heading: 'joined', value: (seat) => seat.joined_at },
  { heading: 'session', value: (seat) => seat.session_id },
]

const sanctionColumns: readonly Column<SanctionView>[] = [
  { heading: 'sanction', value: (sanction) => sanction.kind },
  { heading: 'user', value: (sanction) => sanction.user_id },
  { heading: 'until', value: (sanction) => sanction.until ?? 'for good' },
  { heading: 'generation', value: (sanction) => sanction.generation, align: 'right' },
]

function ownerText({ owner, answeredBy }: RoomReport): string {
  if (owner === null) return 'no owner (from the journal)'
  const where = `${owner.process}, pid ${owner.pid}, lease ${seconds(owner.leaseLeftMs)}`
  return answeredBy === 'owner' ? where : `${where}; it does not answer (from the journal)`
}

/** `roomctl why --json`. */
export const whyJson = ({ roomId, owner, region, preferences }: PlacementReport) => ({
  room_id: roomId,
  region,
  owner: owner?.process ?? null,
  preferences: preferencesJson(preferences),
})

const whySkipped: Readonly<Record<NonNullable<Preference['skipped']>, string>> = {
  draining: 'gives its actors up',
  refusing: 'has no time for more actors',
  recordless: 'cannot write to Postgres',
  joining: 'is not ready yet',
  over_bound: 'has more than its share',
  other_placement_version: 'orders by other rules',
}

/** `roomctl why` for people. */
export function whyText({ owner, preferences }: PlacementReport, screen: Screen): string {
  if (preferences.length === 0) return 'There is no node.'
  const columns: readonly Column<Preference>[] = [
    { heading: 'node', value: ({ member }) => member.process },
    { heading: 'machine', value: ({ member }) => member.hostLabel, cut: true },
    { heading: 'region', value: ({ member }) => member.region ?? '' },
    { heading: 'weight', value: ({ member }) => member.weight, align: 'right' },
    { heading: 'actors', value: ({ member }) => member.load, align: 'right' },
    { heading: 'passed over', value: ({ skipped }) => (skipped === null ? '' : `it ${whySkipped[skipped]}`) },
    { heading: 'owns it', value: ({ member }) => yes(member.incarnation === owner?.incarnation) },
  ]
  const ends = owner ? '' : '\n\nNobody has the room in memory: the first that is not passed over would.'
  return `${renderTable(preferences, columns, screen)}${ends}`
}

/** `roomctl room` for people. */
export function roomText(report: RoomReport, screen: Screen): string {
  const { room, participants, sanctions } = report.snapshot
  const head = keyValueTable(
    [
      ['room', report.roomId],
      ['name', room.name],
      ['type', `${room.room_type}, ${room.status}`],
      ['owner', ownerText(report)],
      ['epoch', report.at.epoch],
      ['seq', report.at.seq],
      ['seats', `${participants.length} of ${room.max_participants}`],
    ],
    screen,
  )
  const roster = participants.length === 0 ? 'Nobody is in the room.' : renderTable(participants, seatColumns, screen)
  const carried = sanctions.length === 0 ? 'No sanctions.' : renderTable(sanctions, sanctionColumns, screen)
  return [head, roster, carried].join('\n\n')
}

/** `roomctl audit --json`. */
export const auditJson = ({ audited, findings, grants }: AuditReport) => ({
  ...audited,
  findings,
  history: grants.map(({ key: _, atMs, ...grant }) => ({ ...grant, at: new Date(atMs).toISOString() })),
})

const whatIsWrong: Readonly<Record<Finding['fault'], string>> = {
  two_owners: 'the epoch had two owners',
  epoch_falls: 'the epoch falls',
  seq_jumps: 'an entry before it is missing',
  epoch_ahead: 'nobody was given the epoch',
}

const findingColumns: readonly Column<Finding>[] = [
  { heading: 'actor', value: ({ key }) => key },
  { heading: 'epoch', value: ({ epoch }) => epoch, align: 'right' },
  { heading: 'seq', value: ({ seq }) => seq ?? '', align: 'right' },
  { heading: 'what is wrong', value: ({ fault }) => whatIsWrong[fault] },
]

const grantColumns: readonly Column<EpochGrant>[] = [
  { heading: 'epoch', value: ({ epoch }) => epoch, align: 'right' },
  { heading: 'since', value: ({ atMs }) => new Date(atMs).toISOString() },
  { heading: 'owner', value: ({ process }) => process },
  { heading: 'by', value: ({ cause }) => cause },
  { heading: 'entries', value: ({ entries }) => entries, align: 'right' },
  { heading: 'incarnation', value: ({ incarnation }) => incarnation, cut: true },
]

/** `roomctl audit` for people. */
export function auditText({ audited, findings, grants }: AuditReport, screen: Screen): string {
  const { actors, grants: count, entries } = audited
  const head = `${actors} actors, ${count} grants of an epoch, ${entries} entries`
  const verdict = findings.length === 0 ? `${head}: nothing is wrong.` : renderTable(findings, findingColumns, screen)
  return grants.length === 0 ? verdict : `${renderTable(grants, grantColumns, screen)}\n\n${verdict}`
}

/** `roomctl replay`: for programs and for people, since a state has no other form than its own. */
export const replayJson = ({ epoch, seq, atMs, state, entries }: PastState, withEvents: boolean) => ({
  epoch,
  seq,
  at: new Date(atMs).toISOString(),
  state,
  ...(withEvents
    ? {
        entries: entries.map((entry) => ({
          seq: entry.seq,
          epoch: entry.epoch,
          at: new Date(entry.atMs).toISOString(),
          command_id: entry.commandId,
          events: entry.events,
        })),
      }
    : {}),
})

import type { Member, MembershipView } from '../cluster/membership/port.ts'
import type { Preference } from '../cluster/placement/port.ts'

/** A process that holds a lease, as programs are shown it. */
export const processJson = (member: Member) => ({
  process: member.process,
  role: member.role,
  state: member.state,
  pid: member.pid,
  incarnation: member.incarnation,
  host: member.hostLabel,
  region: member.region,
  address: member.address,
  admin_port: member.adminPort,
  actors: member.load,
  lease_left_ms: member.leaseLeftMs,
  protocol: member.protocol,
  placement_version: member.placementVersion,
  weight: member.weight,
  started_at: new Date(member.startedAtMs).toISOString(),
})

/** By name, numbers in it by their value. */
export const byName = (one: Member, other: Member): number =>
  one.process.localeCompare(other.process, 'en', { numeric: true })

/** Everyone who holds a lease: `roomctl cluster --json`, and `/cluster` of admin ports. */
export const clusterJson = ({ ringVersion, members }: MembershipView) => ({
  ring_version: ringVersion,
  processes: members.toSorted(byName).map(processJson),
})

/** Where placement would have an actor, best first. */
export const preferencesJson = (preferences: readonly Preference[]) =>
  preferences.map(({ member, skipped }) => ({
    process: member.process,
    host: member.hostLabel,
    region: member.region,
    weight: member.weight,
    actors: member.load,
    skipped,
  }))

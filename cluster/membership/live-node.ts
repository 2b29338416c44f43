import type { Life, Member, MembershipView } from './port.ts'

/** The node that lives that life: the only kind of process that others may be let through to. Null where it holds no lease. */
export function liveNode(view: MembershipView, { process, incarnation }: Life): Member | null {
  const member = view.get(process)
  return member?.incarnation === incarnation && member.role === 'node' ? member : null
}

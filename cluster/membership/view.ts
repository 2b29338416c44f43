import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Member, MembershipView } from './port.ts'

/** The members at one moment, by name. */
export class LeaseView implements MembershipView {
  readonly ringVersion: number
  readonly members: readonly Member[]
  readonly #byProcess: ReadonlyMap<ProcessId, Member>
  readonly #nodes: readonly Member[]

  constructor(ringVersion: number, members: readonly Member[]) {
    this.ringVersion = ringVersion
    this.members = members
    this.#byProcess = new Map(members.map((member) => [member.process, member]))
    this.#nodes = members.filter(({ role, state }) => role === 'node' && state !== 'joining')
  }

  get(process: ProcessId): Member | null {
    return this.#byProcess.get(process) ?? null
  }

  isLive(process: ProcessId, incarnation: Incarnation): boolean {
    return this.#byProcess.get(process)?.incarnation === incarnation
  }

  nodes(): readonly Member[] {
    return this.#nodes
  }
}

export const emptyView = new LeaseView(0, [])

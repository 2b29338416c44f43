import { kindOf, type ActorKey, type ProcessId } from '../../protocol/ids.ts'
import type { Logger } from '../../protocol/ports.ts'
import type { LeaseGuard } from '../membership/port.ts'
import type { ActorRouter, DatagramRouter } from '../routing/port.ts'
import type { PeerIdentity } from '../transport/port.ts'
import type { ActorCell } from './cell.ts'
import type { BeginResident, Resident, ResidentContext } from './resident.ts'

/** Which kinds of actors have residents, and how these reach other actors. */
export interface ResidentParts {
  readonly kinds: ReadonlyMap<string, BeginResident>
  /** Asked for when something is sent: a node may make its router after its host. */
  readonly router: () => DatagramRouter & Pick<ActorRouter, 'ask'>
}

interface ResidentsDeps {
  readonly self: { readonly process: ProcessId }
  readonly lease: LeaseGuard
  readonly logger: Logger
  readonly residents?: ResidentParts
}

interface Living<Write> {
  readonly cell: ActorCell<Write>
  readonly resident: Resident
  state: unknown
}

/**
 * What lives beside the actors of a host, one for each actor of a kind that has residents. One that throws is logged, and hurts neither its
 * actor nor its neighbours.
 */
export class Residents<Write> {
  readonly #deps: ResidentsDeps
  readonly #living = new Map<ActorKey, Living<Write>>()

  constructor(deps: ResidentsDeps) {
    this.#deps = deps
  }

  /** The actor is here, in that state. */
  begin(cell: ActorCell<Write>, state: unknown): void {
    const { residents } = this.#deps
    const begin = residents?.kinds.get(kindOf(cell.key))
    if (!residents || !begin) return
    // What it sends while it is being made has no place to go yet: it is not among the living.
    this.#guarded(cell.key, () => {
      const living: Living<Write> = { cell, resident: begin(this.#contextOf(cell, residents)), state }
      this.#living.set(cell.key, living)
      living.resident.onState(state)
    })
  }

  changed(cell: ActorCell<Write>, state: unknown): void {
    const living = this.#of(cell)
    if (!living || living.state === state) return
    living.state = state
    this.#guarded(cell.key, () => living.resident.onState(state))
  }

  /** The actor left the node. */
  end(cell: ActorCell<Write>): void {
    const living = this.#of(cell)
    if (!living) return
    this.#living.delete(cell.key)
    this.#guarded(cell.key, () => living.resident.end())
  }

  /** False: nothing lives here beside that actor. */
  datagram(key: ActorKey, payload: Uint8Array, from: PeerIdentity): boolean {
    const living = this.#living.get(key)
    if (!living) return false
    this.#guarded(key, () => living.resident.onDatagram(payload, from))
    return true
  }

  /** Hands on the gauges of each. */
  gauges(add: (gauges: Readonly<Record<string, number>>) => void): void {
    for (const [key, { resident }] of this.#living) this.#guarded(key, () => add(resident.gauges?.() ?? {}))
  }

  #of(cell: ActorCell<Write>): Living<Write> | null {
    const living = this.#living.get(cell.key)
    return living?.cell === cell ? living : null
  }

  #contextOf(cell: ActorCell<Write>, { router }: ResidentParts): ResidentContext {
    const { key, epoch } = cell
    const mayAct = (): boolean => this.#of(cell) !== null && this.#deps.lease.holds()
    return {
      key,
      epoch,
      process: this.#deps.self.process,
      state: () => this.#of(cell)?.state,
      tell: (session, payload, lane) =>
        mayAct() && (cell.subscribers.targetOf(session)?.datagram(key, epoch, payload, lane) ?? false),
      send: (to, payload, lane) => mayAct() && router().datagram(to, payload, lane),
      ask: (to, command, options) =>
        mayAct() ? router().ask(to, command, options) : Promise.resolve({ status: 'unknown' }),
    }
  }

  #guarded(key: ActorKey, run: () => void): void {
    try {
      run()
    } catch (err) {
      this.#deps.logger.error({ key, err }, 'resident.failed')
    }
  }
}

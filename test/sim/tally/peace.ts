import type { IncomingPush } from '../../../cluster/routing/port.ts'
import { replay } from '../../../cluster/actor-runtime/replay.ts'
import type { ActorKey, SessionId } from '../../../protocol/ids.ts'
import { tallyDefinition, type TallyCommand, type TallyEvent, type TallyState } from '../../support/tally-actor.ts'
import type { Carried, TallyClients } from './clients.ts'
import { lookEveryMs, PeaceWithin } from '../peace.ts'
import { gatewayNames } from '../plan.ts'
import type { TallyOracle } from './oracle.ts'
import type { SimWorld } from '../world.ts'

/** So long after the last fault everything works again, ms. */
const peaceMs = 5_000

/** What has to be true soon after the last fault: everybody has an answer, and a right picture. */
export class TallyPeace extends PeaceWithin<TallyOracle> {
  readonly #clients: TallyClients
  /** What every gateway was told last of every actor. */
  readonly #read = new Map<string, TallyState>()
  readonly #isWritten = new Set<string>()
  #questions = 0

  constructor(world: SimWorld<TallyOracle>, clients: TallyClients) {
    super(world, peaceMs)
    this.#clients = clients
  }

  override begin(): void {
    for (const gateway of gatewayNames) for (const key of this.world.keys) void this.#askOnAndOn(gateway, key)
  }

  /** What the journal gives back is what its entries come to. */
  override async checkJournal(): Promise<void> {
    const { keys, journal, oracle } = this.world
    for (const key of keys) {
      const { state, seq } = oracle.known(key)
      const stored = replay(tallyDefinition, key, await journal.load(key))
      const { total } = stored.state as TallyState
      if (stored.seq !== seq || total !== state.total) {
        oracle.broken('I1', `${key} is stored as ${total} at ${stored.seq}, and is ${state.total} at ${seq}`)
      }
    }
  }

  protected override troubles(): string[] {
    const troubles = this.#clients.isQuiet ? [] : ['a command has no answer']
    for (const key of this.world.keys) {
      const { state } = this.world.oracle.known(key)
      const carried = this.#clients.carriedOf(key)
      const expected = carried.map(({ session }) => session).sort()
      for (const gateway of gatewayNames) {
        const read = this.#read.get(`${gateway} ${key}`)
        if (!read) troubles.push(`${key} does not answer ${gateway}`)
        else if (read.total !== state.total) troubles.push(`${key} is not read as it is by ${gateway}`)
        else if ([...new Set(read.attached)].sort().join() !== expected.join()) {
          const attached = read.attached.map(shortOf).join(' ')
          troubles.push(`${key} has the sessions ${attached}, and carried are ${expected.map(shortOf).join(' ')}`)
        }
      }
      for (const place of carried) {
        if (totalShown(place) !== state.total) troubles.push(`${place.session} has a wrong picture of ${key}`)
      }
    }
    return troubles
  }

  async #askOnAndOn(gateway: string, key: ActorKey): Promise<void> {
    this.#questions += 1
    const place = `${gateway} ${key}`
    // A last durable command behind all others: an owner that a guest wrote past does not know before it appends.
    const isRead = this.#isWritten.has(place)
    const command: TallyCommand = isRead ? { type: 'read' } : { type: 'add', by: 1 }
    const isLast = this.#clients.isQuiet
    const asked = { source: `peace-${gateway}-${key}`, number: this.#questions, command, isRead }
    const result = await this.#clients.ask(gateway, key, asked)
    if (result.status === 'ok' && isRead) this.#read.set(place, result.value as TallyState)
    else if (result.status === 'ok' && isLast) this.#isWritten.add(place)
    this.world.time.after(lookEveryMs, () => void this.#askOnAndOn(gateway, key))
  }
}

const shortOf = (session: SessionId): string => session.slice(-4)

/** The total as a client has it that took every push in; null where it was told none. */
function totalShown({ gateway, key, session }: Carried): number | null {
  let total: number | null = null
  for (const push of gateway.pushes)
    if (push.key === key && push.sessions.includes(session)) total = afterPush(total, push)
  return total
}

function afterPush(total: number | null, { body }: IncomingPush): number | null {
  const told = body as { snapshot?: { total: number }; events?: TallyEvent[] }
  const before = told.snapshot ? told.snapshot.total : total
  if (before === null) return null
  return (told.events ?? []).reduce((sum, event) => (event.type === 'added' ? sum + event.by : sum), before)
}

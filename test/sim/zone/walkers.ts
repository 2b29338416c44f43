import type { ZonePlayerCarrier } from '../../../gateway/zone/zone-player.ts'
import { AppError } from '../../../protocol/errors.ts'
import type { ZoneHold } from '../../../gateway/zone/zones.ts'
import { idOf, type UserId } from '../../../protocol/ids.ts'
import type { ZoneId } from '../../../protocol/zone/plan.ts'
import type { BenchGateway } from '../../support/bench-gateway.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'
import { standingFrame, stepsAt } from '../../support/standing-frame.ts'
import { ZoneListener } from '../../support/walkers.ts'
import { gatewayNames } from '../plan.ts'
import type { SimWorld } from '../world.ts'
import type { ZoneGateways } from './gateways.ts'
import type { ZoneOracle } from './oracle.ts'

export const walkerNames = ['ann', 'bob', 'cy', 'dee', 'eve', 'flo', 'gus', 'hal'] as const
/** They walk around the middle of the zone, where its regions meet. Metres. */
const middleM = 512
const reachM = 50
const stepEveryMs = 100
const speedMps = 8
/** One leap in five seconds is what a client has. */
const leapEveryMs = 6_000

/** Somebody's place in the zone by one connection. */
interface Stay {
  readonly gateway: BenchGateway
  readonly listener: ZoneListener
  hold: ZoneHold | null
  player: ZonePlayerCarrier | null
  isIn: boolean
  isOver: boolean
}

/** Somebody who wants to be in the zone, walks, and comes again by whatever gateway there is when a connection ends. */
export class SimWalker {
  readonly name: string
  readonly user: UserId
  x = middleM
  y = middleM
  readonly #world: SimWorld<ZoneOracle>
  readonly #gateways: ZoneGateways
  readonly #random: SeededRandom
  #stay: Stay | null = null
  #seq = 0
  #heading = 0
  #leaptAtMs = 0
  #isStill = false

  constructor(world: SimWorld<ZoneOracle>, gateways: ZoneGateways, name: string) {
    this.name = name
    this.user = name as UserId
    this.#world = world
    this.#gateways = gateways
    this.#random = world.streamOf(`walker ${name}`)
    this.x += this.#random.between(-reachM, reachM)
    this.y += this.#random.between(-reachM, reachM)
  }

  begin(): void {
    this.#world.time.every(stepEveryMs, () => this.#step())
  }

  /** Stands still from here on, and goes on saying where. */
  rest(): void {
    this.#isStill = true
  }

  /** Null where they are not in the zone. */
  get player(): ZonePlayerCarrier | null {
    return this.#stay?.isIn === true ? this.#stay.player : null
  }

  /** Numbers of those whom the client has in earshot. */
  heard(): ReadonlySet<number> {
    return new Set(this.#stay?.listener.heard.values())
  }

  #step(): void {
    const stay = this.#stay
    // The socket of a gateway that is stopped hangs; of one that is dead it is gone.
    if (!stay || stay.isOver || stay.gateway.process.isDead) this.#enter()
    if (!this.#isStill) this.#walk()
    if (stay?.isIn && stay.gateway.process.isRunning) this.#say(stay)
  }

  #walk(): void {
    const random = this.#random
    if (random.below(10) === 0) this.#heading = random.fraction() * 2 * Math.PI
    const strideM = (speedMps * stepEveryMs) / 1_000
    this.#go(this.x + Math.cos(this.#heading) * strideM, this.y + Math.sin(this.#heading) * strideM)
  }

  #go(x: number, y: number): void {
    this.x = Math.max(middleM - reachM, Math.min(middleM + reachM, x))
    this.y = Math.max(middleM - reachM, Math.min(middleM + reachM, y))
  }

  #say({ hold, player }: Stay): void {
    const random = this.#random
    const nowMs = this.#world.time.monotonicMs()
    let flags = 2
    if (!this.#isStill && nowMs - this.#leaptAtMs >= leapEveryMs && random.below(20) === 0) {
      this.#leaptAtMs = nowMs
      this.#go(middleM + random.between(-reachM, reachM), middleM + random.between(-reachM, reachM))
      flags |= 8
    }
    this.#seq = (this.#seq + 1) & 0xffff
    hold!.zone.moved(player!, standingFrame(this, this.#seq, flags))
  }

  #enter(): void {
    const running = gatewayNames
      .map((name) => this.#world.gateways.get(name)!)
      .filter(({ process }) => process.isRunning)
    if (running.length === 0) return
    const gateway = this.#random.pick(running)
    const stay: Stay = { gateway, listener: new ZoneListener(), hold: null, player: null, isIn: false, isOver: false }
    this.#stay = stay
    void this.#comeIn(stay)
  }

  async #comeIn(stay: Stay): Promise<void> {
    const { oracle } = this.#world
    try {
      const hold = await this.#gateways.of(stay.gateway).open(idOf(oracle.root) as ZoneId)
      stay.hold = hold
      if (hold.zone.standingOf(this.user, []).isBanned) throw new AppError('BANNED')
      stay.player = hold.zone.enter({
        ...{ userId: this.user, name: this.name, party: 0, wider: [] },
        place: { ...stepsAt(this), stance: 1 },
        client: {
          tell: (frame) => oracle.trace.note(`told ${this.name} ${frame.type}`),
          show: (frame) => this.#show(stay, frame),
          waitingBytes: () => 0,
          tooSlow: () => undefined,
          leftZone: (_player, reason) => {
            oracle.left(this.name, this.user, reason)
            this.#end(stay)
          },
        },
        entered: () => void (stay.isIn = true),
        refused: (code) => this.#refused(stay, code),
      })
    } catch (error) {
      this.#refused(stay, error instanceof AppError ? error.code : String(error))
    }
  }

  #show({ listener }: Stay, frame: Uint8Array): void {
    const { oracle } = this.#world
    listener.fold(frame)
    for (const problem of listener.contradictions.splice(0)) oracle.broken('Z2', `${this.name}: ${problem}`)
    for (const { frame: type, came, went } of listener.comings.splice(0)) {
      oracle.trace.note(`show ${this.name} ${type} +${came.join()} -${went.join()}`)
    }
  }

  #refused(stay: Stay, code: string): void {
    this.#world.oracle.trace.note(`refused ${this.name} ${code}`)
    this.#world.time.after(this.#random.between(100, 600), () => this.#end(stay))
  }

  #end(stay: Stay): void {
    if (stay.isOver) return
    stay.isOver = true
    stay.isIn = false
    stay.hold?.release()
  }
}

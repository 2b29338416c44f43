import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Screen } from '../table.ts'
import { finalTable, pageUrl } from './final-table.ts'
import { givenSettings, type Environment, type GivenSettings } from './given-settings.ts'
import { Guard, stopSurvivors } from './guard.ts'
import { humanLines, prefixer } from './log-lines.ts'
import { migrate } from './migration.ts'
import type { Paint } from './paint.ts'
import type { Places } from './places.ts'
import { checkSettings, environmentOf, planProcesses, portNeeds, preferredLinkPorts } from './plan.ts'
import type { Addresses, PlannedProcess, ProcessRole } from './plan.ts'
import { portNear, takenPorts } from './ports.ts'
import { probeReady } from './probe.ts'
import { parseProcfile } from './procfile.ts'
import { Progress } from './progress.ts'
import { resetData } from './reset.ts'
import { localSecrets, type LocalSecrets } from './secrets.ts'
import { Unavailable, type LocalService } from './service.ts'
import { raiseServices, type Services } from './services.ts'
import { takeStartLock } from './start-lock.ts'
import { removeState, runState, writeState } from './state.ts'
import { defaultBackOff } from './supervised-process.ts'
import { Supervisor } from './supervisor.ts'
import type { TemporalService } from './temporal.ts'

export interface LocalStartOptions {
  readonly places: Places
  readonly env: Environment
  /** Clears the data first. */
  readonly reset: boolean
  readonly write: (line: string) => void
  readonly paint: Paint
  readonly screen: Screen
}

const readyWithinMs = 90_000
/** A process has this long to stop in order. */
const graceMs = 15_000

/** What is known before anything runs. */
interface Plan {
  readonly given: GivenSettings
  readonly secrets: LocalSecrets
  readonly processes: readonly PlannedProcess[]
}

/** One run of the whole system on this machine, from nothing to the table and back. */
export class LocalStart {
  readonly #options: LocalStartOptions
  readonly #progress: Progress
  readonly #startedAt = new Date()
  readonly #abort = new AbortController()
  /** Null until this is the one start of the checkout. */
  #releaseLock: (() => void) | null = null
  #prefix: (name: string, line: string) => string = (name, line) => `${name} | ${line}`
  #guard: Guard | null = null
  #services: Services | null = null
  #supervisor: Supervisor | null = null
  #addresses: Addresses | null = null
  #temporalUi: string | null = null
  #stopping: Promise<void> | null = null

  constructor(options: LocalStartOptions) {
    this.#options = options
    this.#progress = new Progress(options.write, options.paint)
  }

  /**
   * Resolves when the table is shown. Throws Unavailable or ConfigError when that cannot be; what was started then is still to
   * be stopped.
   */
  async run(): Promise<void> {
    const { places } = this.#options
    this.#releaseLock = takeStartLock(places.lockFile)
    const survivors = await stopSurvivors(places.recordFile)
    if (survivors.length > 0) this.#say(`Stopped what an earlier start had left: ${survivors.join(', ')}`)
    removeState(places.stateFile)
    const plan = await this.#plan()
    if (this.#options.reset) this.#reset(plan)
    this.#throwIfStopped()
    this.#prefix = prefixer([...plan.processes.map(({ name }) => name), 'migrate'], this.#options.paint)
    const guard = new Guard(places.recordFile)
    this.#guard = guard
    const { signal } = this.#abort
    const services = await raiseServices({ ...plan, places, watch: guard, progress: this.#progress, signal })
    this.#services = services
    const supervisor = this.#makeSupervisor(plan, guard)
    this.#supervisor = supervisor
    const temporal = this.#awaitTemporal(services, plan)
    // It is waited for last; until then its failure has nobody who hears it.
    temporal.catch(() => undefined)
    const [postgres, redis] = await Promise.all([this.#migrated(services, plan, guard), services.redis])
    this.#throwIfStopped()
    this.#addresses = { databaseUrl: postgres.address, redisUrl: redis.address, temporalAddress: null }
    const [, missing] = await Promise.all([
      this.#startRooms(supervisor, plan),
      this.#startDurable(supervisor, plan, temporal),
    ])
    this.#throwIfStopped()
    this.#showTable(plan, services, missing)
  }

  /** Stops everything in order and leaves nothing running. A second call waits for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  /** Ends everything by force, at once. */
  kill(): void {
    if (this.#releaseLock === null) return
    this.#guard?.close()
    removeState(this.#options.places.stateFile)
    this.#releaseLock()
  }

  async #plan(): Promise<Plan> {
    const { places, env } = this.#options
    const given = givenSettings(env)
    if (given.unknown.length > 0) this.#say(`Not passed on, since no process knows them: ${given.unknown.join(', ')}`)
    if (given.overridden.length > 0) this.#say(`Not used, npm start sets them: ${given.overridden.join(', ')}`)
    const secrets = localSecrets(places.secretsFile)
    const linkPorts: number[] = []
    for (const port of preferredLinkPorts) linkPorts.push(await portNear(port))
    const commands = parseProcfile(readFileSync(join(places.checkout, 'Procfile'), 'utf8'))
    const processes = planProcesses(commands, linkPorts)
    checkSettings(processes, { given, secrets }, (path) => readFileSync(path, 'utf8'))
    const taken = await takenPorts(portNeeds(processes))
    if (taken.length > 0) throw new Unavailable(taken.join('\n'))
    return { given, secrets, processes }
  }

  #reset({ given }: Plan): void {
    const removed = resetData(this.#options.places)
    this.#say(removed.length === 0 ? 'Nothing to clear' : `Cleared: ${removed.join(', ')}`)
    const { databaseUrl, redisUrl, temporalAddress } = given
    const left = Object.entries({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, TEMPORAL_ADDRESS: temporalAddress })
    const names = left.flatMap(([name, value]) => (value === undefined ? [] : [name]))
    if (names.length > 0) this.#say(`Not cleared, since it is not ours: what ${names.join(' and ')} names`)
  }

  async #migrated({ postgres }: Services, plan: Plan, watch: Guard): Promise<LocalService> {
    const service = await postgres
    this.#throwIfStopped()
    const step = this.#progress.step('Schema')
    const addresses: Addresses = { databaseUrl: service.address, redisUrl: '', temporalAddress: null }
    await migrate({
      checkout: this.#options.places.checkout,
      env: environmentOf({ role: 'migrate', own: {} }, { ...plan, addresses }),
      watch,
      signal: this.#abort.signal,
      onLine: (line) => this.#show('migrate', line),
    })
    step.done('up to date')
    return service
  }

  /** Gateways and nodes: with them, people can talk. */
  async #startRooms(supervisor: Supervisor, plan: Plan): Promise<void> {
    const step = this.#progress.step('Rooms')
    step.report('starting gateways and nodes')
    this.#launch(supervisor, plan, ['node', 'gateway'])
    await supervisor.ready(['node', 'gateway'], readyWithinMs)
    this.#throwIfStopped()
    step.done(`the page is there: ${pageUrl(0, plan.given)}`)
  }

  /** Null when Temporal cannot be had: the rooms work without it, so it is said, and the start goes on. */
  async #awaitTemporal({ temporal }: Services, { given }: Plan): Promise<TemporalService | null> {
    try {
      return await temporal
    } catch (error) {
      if (!(error instanceof Unavailable) || given.temporalAddress !== undefined) throw error
      if (!this.#abort.signal.aborted) this.#progress.step('Temporal').failed(error.message)
      return null
    }
  }

  /** Worker and relay: with them, what was decided outlives its room. Resolves with what is missing, for the table. */
  async #startDurable(
    supervisor: Supervisor,
    plan: Plan,
    awaited: Promise<TemporalService | null>,
  ): Promise<string | null> {
    const temporal = await awaited
    this.#throwIfStopped()
    if (temporal === null || this.#addresses === null) {
      return 'No Temporal: worker and relay do not run, and a timed mute ends only while its room is loaded. See above.'
    }
    this.#temporalUi = temporal.ui
    this.#addresses = { ...this.#addresses, temporalAddress: temporal.address }
    const step = this.#progress.step('Durable processes')
    this.#launch(supervisor, plan, ['worker', 'relay'])
    await supervisor.ready(['worker', 'relay'], readyWithinMs)
    step.done('worker and relay are there')
    return null
  }

  #launch(supervisor: Supervisor, plan: Plan, roles: readonly ProcessRole[]): void {
    const addresses = this.#addresses
    if (addresses === null) return
    for (const role of roles) {
      for (const planned of plan.processes.filter((candidate) => candidate.role === role)) {
        supervisor.start(planned, environmentOf(planned, { ...plan, addresses }))
      }
    }
  }

  #makeSupervisor({ given }: Plan, watch: Guard): Supervisor {
    const { checkout, logFolder } = this.#options.places
    return new Supervisor({
      ...{ checkout, logFolder, watch, graceMs, probe: probeReady, backOff: defaultBackOff },
      onLine: (name, line) => this.#show(name, line),
      tell: (sentence) => this.#say(sentence),
      onChange: () => this.#writeState(given),
    })
  }

  #writeState(given: GivenSettings): void {
    if (this.#addresses === null || this.#supervisor === null || this.#stopping !== null) return
    const { processes } = this.#supervisor
    const parts = {
      startedAt: this.#startedAt,
      given,
      addresses: this.#addresses,
      temporalUi: this.#temporalUi,
      processes,
    }
    writeState(this.#options.places.stateFile, runState(parts))
  }

  #showTable({ given }: Plan, services: Services, missing: string | null): void {
    const { places, screen, write, paint } = this.#options
    this.#writeState(given)
    const order = ['Postgres', 'Redis', 'Temporal']
    const up = [...services.up()].sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name))
    this.#say(missing === null ? 'Everything is up' : 'Up, without Temporal')
    const table = finalTable({ given, places, services: up, temporalUi: this.#temporalUi }, screen)
    write(`\n${table}\n`)
    if (missing !== null) write(paint('yellow', missing))
  }

  async #stopAll(): Promise<void> {
    this.#abort.abort()
    if (this.#supervisor !== null) {
      const killed = await this.#supervisor.stop()
      if (killed.length > 0) this.#say(`Had to be killed after ${graceMs / 1_000} s: ${killed.join(', ')}`)
    }
    await this.#services?.stop()
    this.kill()
  }

  #throwIfStopped(): void {
    if (this.#abort.signal.aborted) throw new Unavailable('Stopped before everything was up')
  }

  #show(name: string, line: string): void {
    for (const shown of humanLines(line, this.#options.paint)) this.#options.write(this.#prefix(name, shown))
  }

  #say(sentence: string): void {
    this.#progress.say(sentence)
  }
}

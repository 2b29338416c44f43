import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { signToken, type Privilege } from '../gateway/auth/index.ts'
import { decoder } from '../protocol/codec.ts'
import { AppError, errorRow } from '../protocol/errors.ts'
import type { ControlAnswer } from '../protocol/cluster/control.ts'
import type { SeenCheckpoint } from '../persistence/index.ts'
import { ProcessId, RoomId, UserId } from '../protocol/ids.ts'
import { RaidId } from '../protocol/raids/values.ts'
import { ZoneId, zoneSideMaxM } from '../protocol/zone/plan.ts'
import type { MapReply } from '../protocol/zone/replies.ts'
import { Username } from '../protocol/room/values.ts'
import { ConfigError, configExitCode, type ConfigSources } from './config.ts'
import { durationMs } from './duration.ts'
import type { ReplayUpTo, RoomctlBackend } from './roomctl-backend.ts'
import { developmentSecret } from './roomctl-places.ts'
import { raidsJson, raidsText, raidText, reportJson } from './roomctl-raids.ts'
import { clusterJson } from './cluster-json.ts'
import { auditJson, auditText, clusterText, replayJson, roomJson, roomText, whyJson, whyText } from './roomctl-views.ts'
import {
  roomClocksJson,
  roomClocksText,
  workflowsJson,
  workflowsText,
  type WorkflowsBackend,
} from './roomctl-workflows.ts'
import { verdictJson, verdictText } from './roomctl-verdict.ts'
import { mapText, zoneJson, zonesJson, zonesText, zoneText } from './roomctl-zones.ts'
import { seenCheckpoints } from './seen-checkpoints.ts'
import { keyValueTable, type Screen } from './table.ts'

/** Exit codes, after sysexits.h. */
export const exitCodes = {
  ok: 0,
  /** An audit found something. */
  finding: 1,
  usage: 64,
  notFound: 66,
  unavailable: 69,
  refused: 77,
  config: configExitCode,
} as const

/** What the program needs of the world around it. */
export interface RoomctlWorld {
  readonly env: ConfigSources['env']
  /** The `.data` folder of the checkout. */
  readonly dataFolder: string
  /** Where results go. */
  readonly screen: Screen
  out(text: string): void
  err(text: string): void
  nowMs(): number
  /** The lines of a text file. Rejects where it cannot be read. */
  lines(path: string): AsyncIterable<string>
  /** Connects. Throws ConfigError. */
  connect(): Promise<RoomctlBackend>
  /** Connects to the record and to Temporal. Throws ConfigError. */
  connectWorkflows(): WorkflowsBackend
}

class Refused extends Error {}

class Found extends Error {}

class Misused extends Error {}

const idArgument =
  <Id extends string>(decode: (value: unknown) => Id, expected: string) =>
  (text: string): Id => {
    try {
      return decode(text)
    } catch {
      throw new InvalidArgumentError(`It has to be ${expected}.`)
    }
  }

const userId = idArgument(decoder(UserId), '1 to 36 of A-Z a-z 0-9 _ . : -')
const roomId = idArgument(decoder(RoomId), "the room's UUID")
const raidId = idArgument(decoder(RaidId), "the raid's UUID")
const zoneId = idArgument(decoder(ZoneId), "the zone's UUID")
const processId = idArgument(decoder(ProcessId), 'the name of a process')
const userName = idArgument<string>(decoder(Username), '1 to 50 characters')

/** A seq, or a time with its zone. */
function moment(text: string): ReplayUpTo {
  if (/^[1-9]\d{0,14}$/.test(text)) return { seq: Number(text) }
  const atMs = /^\d{4}-\d\d-\d\dT.+(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(atMs)) {
    throw new InvalidArgumentError('It has to be a seq such as 17, or a time such as 2026-01-31T20:15:00Z.')
  }
  return { atMs }
}

/** A whole number of that size. */
const wholeNumber =
  (most: number, expected: string) =>
  (text: string): number => {
    const number = Number(text)
    if (!/^\d{1,9}$/.test(text) || number < 1 || number > most) {
      throw new InvalidArgumentError(`It has to be ${expected}.`)
    }
    return number
  }
const regionNumber = wholeNumber(0xffff, 'the number of a region')
const metresAlong = wholeNumber(zoneSideMaxM, 'whole metres from the corner of the zone')

function axisOf(text: string): 'x' | 'y' {
  if (text !== 'x' && text !== 'y') throw new InvalidArgumentError('It has to be x, or y.')
  return text
}

const longestTtlMs = 365 * 86_400_000

function ttl(text: string): number {
  const ms = durationMs(text)
  if (ms === null || ms < 1_000 || ms > longestTtlMs) {
    throw new InvalidArgumentError('It has to be a duration such as 30s, 15m, 24h or 7d, up to 365d.')
  }
  return ms
}

function roles(text: string, before: readonly Privilege[]): readonly Privilege[] {
  if (text !== 'service' && text !== 'admin') throw new InvalidArgumentError('It has to be service or admin.')
  return before.includes(text) ? before : [...before, text]
}

interface TokenOptions {
  readonly user: UserId
  readonly name?: string
  readonly role: readonly Privilege[]
  readonly ttl: number
  readonly json?: true
}

function makeToken({ user, name, role, ttl: ttlMs, json }: TokenOptions, world: RoomctlWorld): void {
  const { env } = world
  const found = developmentSecret(env, world.dataFolder)
  if ('refused' in found) throw new Refused(`tokens are made in development only, and ${found.refused}`)
  const ttlS = Math.floor(ttlMs / 1_000)
  const token = signToken(
    { userId: user, ...(name === undefined ? {} : { name }), roles: role, ttlS },
    {
      key: found.secret,
      ...(env['JWT_ISSUER'] ? { issuer: env['JWT_ISSUER'] } : {}),
      ...(env['JWT_AUDIENCE'] ? { audience: env['JWT_AUDIENCE'] } : {}),
    },
  )
  const expiresAt = new Date(world.nowMs() + ttlS * 1_000).toISOString()
  if (json) {
    world.out(JSON.stringify({ token, user_id: user, name: name ?? user, roles: role, expires_at: expiresAt }))
  } else if (world.screen.styled) {
    const pairs = [
      ['user', user],
      ['name', name ?? user],
      ['roles', role.length === 0 ? '–' : role.join(', ')],
      ['expires', expiresAt],
      ['token', token],
    ] as const
    world.out(keyValueTable(pairs, world.screen))
  } else {
    // In a pipe the token alone, so that a shell can take it: TOKEN=$(npx roomctl token --user ann)
    world.out(token)
  }
}

async function withBackend(world: RoomctlWorld, use: (backend: RoomctlBackend) => Promise<void>): Promise<void> {
  const backend = await world.connect()
  try {
    await use(backend)
  } finally {
    await backend.close()
  }
}

function programFor(world: RoomctlWorld): Command {
  const program = new Command('roomctl')
    .description('Looks into a cluster of voice rooms, and makes tokens for development.')
    .exitOverride()
    // An option belongs to the command it stands behind: `audit verify --json` is one of `verify`.
    .enablePositionalOptions()
    .configureOutput({ writeOut: (text) => world.out(text.trimEnd()), writeErr: (text) => world.err(text.trimEnd()) })
  program
    .command('token')
    .description('makes a token, signed with the secret of development')
    .requiredOption('--user <id>', 'the user it is for', userId)
    .option('--name <name>', 'the name others see; the user id where it is left out', userName)
    .option('--role <role>', 'service or admin; may be given twice', roles, [])
    .option('--ttl <duration>', 'how long it is valid, such as 15m', ttl, ttl('24h'))
    .option('--json', 'for programs')
    .action((options: TokenOptions) => makeToken(options, world))
  program
    .command('cluster')
    .description('shows the processes: role, state, pid, lease, how many actors each')
    .option('--json', 'for programs')
    .action(({ json }: { json?: true }) =>
      withBackend(world, async (backend) => {
        const members = await backend.cluster()
        world.out(json ? JSON.stringify(clusterJson(members)) : clusterText(members, world.screen))
      }),
    )
  program
    .command('room')
    .description('shows a room: owner and its pid, epoch, roster, sanctions; wakes nothing')
    .argument('<id>', "the room's UUID", roomId)
    .option('--json', 'for programs')
    .action((id: RoomId, { json }: { json?: true }) =>
      withBackend(world, async (backend) => {
        const report = await backend.room(id)
        world.out(json ? JSON.stringify(roomJson(report)) : roomText(report, world.screen))
      }),
    )
  program
    .command('workflows')
    .description('shows what ends by itself, by the record and by Temporal; of one room where it is named')
    .argument('[id]', "a room's UUID; counts over all of them where it is left out", roomId)
    .option('--json', 'for programs')
    .action(async (id: RoomId | undefined, { json }: { json?: true }) => {
      const backend = world.connectWorkflows()
      try {
        if (id === undefined) {
          const report = await backend.report()
          world.out(json ? JSON.stringify(workflowsJson(report)) : workflowsText(report, world.screen))
        } else {
          const clocks = await backend.ofRoom(id)
          world.out(json ? JSON.stringify(roomClocksJson(clocks)) : roomClocksText(clocks, world.screen))
        }
      } finally {
        await backend.close()
      }
    })
  for (const verb of ['drain', 'undrain'] as const) {
    program
      .command(verb)
      .description(
        verb === 'drain'
          ? 'has a node hand its rooms on and take no new ones; ends when it is empty'
          : 'has a node take rooms again; calls a drain off',
      )
      .argument('<node>', 'its name, as in `roomctl cluster`', processId)
      .option('--json', 'for programs')
      .action((node: ProcessId, { json }: { json?: true }) =>
        withBackend(world, async (backend) => tell(await backend.order(node, { verb }), world, json)),
      )
  }
  program
    .command('move')
    .description('has the owner of a room hand it on; no socket notices')
    .argument('<id>', "the room's UUID", roomId)
    .option('--to <node>', 'the node that is to have it; the next on its list where it is left out', processId)
    .option('--json', 'for programs')
    .action((id: RoomId, { to, json }: { to?: ProcessId; json?: true }) =>
      withBackend(world, async (backend) => tell(await backend.move(id, to), world, json)),
    )
  program
    .command('why')
    .description('shows the nodes in the order in which they would get a room, and why some are passed over')
    .argument('<id>', "the room's UUID", roomId)
    .option('--json', 'for programs')
    .action((id: RoomId, { json }: { json?: true }) =>
      withBackend(world, async (backend) => {
        const report = await backend.why(id)
        world.out(json ? JSON.stringify(whyJson(report)) : whyText(report, world.screen))
      }),
    )
  const audit = program
    .command('audit')
    .enablePositionalOptions()
    .description('looks for what must never be: two owners of an epoch, a falling epoch, a hole in a journal')
    .argument('[id]', "a room's UUID, whose owners are listed too; all rooms where it is left out", roomId)
    .option('--json', 'for programs')
    .action((id: RoomId | undefined, { json }: { json?: true }) =>
      withBackend(world, async (backend) => {
        const report = await backend.audit(id ?? null)
        world.out(json ? JSON.stringify(auditJson(report)) : auditText(report, world.screen))
        if (report.findings.length > 0) throw new Found(`${report.findings.length} faults in the record`)
      }),
    )
  audit
    .command('verify')
    .description('recomputes the audit log, and names the first bad row of each chain')
    .option('--room <id>', "one room's chain; everything where it is left out", roomId)
    .option('--log <file>', "a relay's log, whose checkpoints have to be in the record; not with --room")
    .option('--json', 'for programs')
    .action((options: VerifyOptions) => withBackend(world, (backend) => verifyAudit(options, backend, world)))
  audit
    .command('erase')
    .description('takes what speaks of a person out of the audit log, for good; its chains still verify')
    .requiredOption('--user <id>', 'the person', userId)
    .option('--yes', 'do it; without it nothing is done')
    .option('--json', 'for programs')
    .action(({ user, yes, json }: { user: UserId; yes?: true; json?: true }) =>
      withBackend(world, async (backend) => {
        if (!yes) throw new Misused('this cannot be undone: say --yes')
        const rows = await backend.eraseFromAudit(user)
        world.out(json ? JSON.stringify({ user_id: user, rows }) : `${rows} rows say nothing of ${user} any more`)
      }),
    )
  program
    .command('replay')
    .description('rebuilds a room from its journal as it was at a seq or a time, as JSON; wakes nothing')
    .argument('<id>', "the room's UUID", roomId)
    .requiredOption('--at <seq|time>', 'such as 17, or 2026-01-31T20:15:00Z', moment)
    .option('--events', 'every entry that led there too')
    .option('--json', 'on one line')
    .action((id: RoomId, { at, events, json }: { at: ReplayUpTo; events?: true; json?: true }) =>
      withBackend(world, async (backend) => {
        const past = replayJson(await backend.replay(id, at), events === true)
        world.out(json ? JSON.stringify(past) : JSON.stringify(past, null, 2))
      }),
    )
  program
    .command('raids')
    .description('lists the next raids, or shows one: its near occurrences and who comes')
    .argument('[id]', "a raid's UUID", raidId)
    .option('--json', 'for programs')
    .action((id: RaidId | undefined, { json }: { json?: true }) =>
      withBackend(world, async (backend) => {
        if (id === undefined) {
          const raids = await backend.raids()
          world.out(json ? JSON.stringify(raidsJson(raids)) : raidsText(raids, world.screen))
        } else {
          const report = await backend.raid(id)
          world.out(json ? JSON.stringify(reportJson(report)) : raidText(report, world.screen))
        }
      }),
    )
  program
    .command('zones')
    .description('lists the newest zones')
    .option('--json', 'for programs')
    .action(({ json }: { json?: true }) =>
      withBackend(world, async (backend) => {
        const zones = await backend.zones()
        world.out(json ? JSON.stringify(zonesJson(zones)) : zonesText(zones, world.screen))
      }),
    )
  const zone = program
    .command('zone')
    .enablePositionalOptions()
    .description('shows a zone: its regions, their owners, load and borders; wakes it')
    .argument('<id>', "the zone's UUID", zoneId)
    .option('--json', 'for programs')
    .action((id: ZoneId, { json }: { json?: true }) =>
      withBackend(world, async (backend) => {
        const report = await backend.zone(id)
        world.out(json ? JSON.stringify(zoneJson(report)) : zoneText(report, world.screen))
      }),
    )
  const changeMap = (json: true | undefined, change: (backend: RoomctlBackend) => Promise<MapReply>) =>
    withBackend(world, async (backend) => {
      const reply = await change(backend)
      world.out(json ? JSON.stringify(reply) : mapText(reply))
    })
  zone
    .command('cut')
    .description('cuts a region in two, as it would itself under load: ahead of an event')
    .argument('<id>', "the zone's UUID", zoneId)
    .argument('<region>', 'its number', regionNumber)
    .argument('<axis>', 'x for a cut from south to north, y for one from west to east', axisOf)
    .argument('<at>', 'where, in metres from the corner of the zone; a multiple of 32', metresAlong)
    .option('--json', 'for programs')
    .action((id: ZoneId, region: number, axis: 'x' | 'y', at: number, { json }: { json?: true }) =>
      changeMap(json, (backend) => backend.cutRegion(id, region, { axis, at })),
    )
  zone
    .command('share')
    .description('has two regions share the area of one, as it would itself for a crowd that no cut would divide')
    .argument('<id>', "the zone's UUID", zoneId)
    .argument('<region>', 'its number', regionNumber)
    .option('--json', 'for programs')
    .action((id: ZoneId, region: number, { json }: { json?: true }) =>
      changeMap(json, (backend) => backend.shareRegion(id, region)),
    )
  zone
    .command('merge')
    .description('makes one region of two that were one')
    .argument('<id>', "the zone's UUID", zoneId)
    .argument('<region>', 'the number of either', regionNumber)
    .option('--json', 'for programs')
    .action((id: ZoneId, region: number, { json }: { json?: true }) =>
      changeMap(json, (backend) => backend.mergeRegion(id, region)),
    )
  return program
}

interface VerifyOptions {
  readonly room?: RoomId
  readonly log?: string
  readonly json?: true
}

async function verifyAudit({ room, log, json }: VerifyOptions, backend: RoomctlBackend, world: RoomctlWorld) {
  if (room !== undefined && log !== undefined) throw new Misused('--log is about everything, and --room about one room')
  const seen = log === undefined ? [] : await seenIn(log, world)
  const verdict = await backend.verifyAudit(room ?? null, seen)
  world.out(json ? JSON.stringify(verdictJson(verdict)) : verdictText(verdict, world.screen))
  if (verdict.findings.length > 0) throw new Found('the audit log is not what was written')
}

async function seenIn(log: string, world: RoomctlWorld): Promise<readonly SeenCheckpoint[]> {
  const seen = await seenCheckpoints(world.lines(log)).catch((error: unknown) => {
    throw new Misused(`${log} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  })
  if (seen.length === 0) throw new Misused(`${log} tells of no checkpoint`)
  return seen
}

/** What came of an order. Throws where nothing did. */
function tell(answer: ControlAnswer, world: RoomctlWorld, json: true | undefined): void {
  if (!answer.done) throw new Refused(answer.problem)
  const entries = Object.entries(answer.value)
  world.out(json ? JSON.stringify(answer.value) : entries.map(([name, value]) => `${name} ${String(value)}`).join(', '))
}

/** Runs one command line, without the first two words of argv. Resolves with the exit code. */
export async function runRoomctl(args: readonly string[], world: RoomctlWorld): Promise<number> {
  try {
    await programFor(world).parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    const [code, text] = failure(error)
    world.err(args.includes('--json') ? JSON.stringify({ error: { message: text } }) : `roomctl: ${text}`)
    return code
  }
}

function failure(error: unknown): readonly [code: number, text: string] {
  if (error instanceof ConfigError) return [exitCodes.config, error.message]
  if (error instanceof Misused) return [exitCodes.usage, error.message]
  if (error instanceof Found) return [exitCodes.finding, error.message]
  if (error instanceof Refused) return [exitCodes.refused, error.message]
  if (error instanceof AppError) {
    const isAbsent = ['ROOM_NOT_FOUND', 'RAID_NOT_FOUND', 'ZONE_NOT_FOUND'].includes(error.code)
    const isRefused = ['MAP_CHANGED', 'TOO_MANY_REGIONS', 'ZONE_CLOSED', 'VALIDATION_FAILED'].includes(error.code)
    const code = isAbsent ? exitCodes.notFound : isRefused ? exitCodes.refused : exitCodes.unavailable
    return [code, [errorRow(error.code).publicText, problemOf(error)].filter((part) => part !== '').join(': ')]
  }
  return [
    exitCodes.unavailable,
    `the cluster cannot be asked: ${error instanceof Error ? error.message : String(error)}`,
  ]
}

/** What exactly is wrong, where it is said. */
const problemOf = ({ data }: AppError): string => (typeof data?.['problem'] === 'string' ? data['problem'] : '')

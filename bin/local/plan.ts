import { loadConfig } from '../config.ts'
import { needs, type Need, type Role } from '../config-rules.ts'
import { ofGivenTemporal, type GivenSettings } from './given-settings.ts'
import type { PortNeed } from './ports.ts'
import { systemClock } from '../system-ports.ts'
import type { LocalSecrets } from './secrets.ts'
import { Unavailable } from './service.ts'

/** A line of the Procfile that a start runs. */
export type ProcessRole = Extract<Role, 'gateway' | 'node' | 'worker' | 'relay'>

/** One process of a local start. */
export interface PlannedProcess {
  /** Its name in the cluster and before its log lines, as `node-2`. */
  readonly name: string
  readonly role: ProcessRole
  readonly command: readonly string[]
  readonly adminPort: number
  /** What stands in the environment of this process alone. */
  readonly own: Readonly<Record<string, string>>
}

/** Where the services are; Temporal's is null as long as nobody knows it. */
export interface Addresses {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly temporalAddress: string | null
}

/** Ports that people know, so that they do not change from start to start. */
export const gatewayPorts = [
  { http: 8080, ws: 8081, admin: 9080 },
  { http: 8090, ws: 8091, admin: 9090 },
] as const
const nodeAdminPorts = [9101, 9102, 9103] as const
const workerAdminPort = 9111
const relayAdminPort = 9121
/** Where nodes take links, each when it is free. */
export const preferredLinkPorts = [7101, 7102, 7103] as const

/**
 * The seven processes: two gateways, three nodes, a worker and a relay, by the commands of the Procfile. `linkPorts` holds
 * one port for each node. Throws Unavailable when the Procfile lacks a line, or has one that nobody here knows.
 */
export function planProcesses(
  commands: ReadonlyMap<string, readonly string[]>,
  linkPorts: readonly number[],
): readonly PlannedProcess[] {
  const roles: readonly string[] = ['gateway', 'node', 'worker', 'relay'] satisfies ProcessRole[]
  const stranger = [...commands.keys()].find((name) => !roles.includes(name))
  if (stranger !== undefined)
    throw new Unavailable(`The Procfile has a line ${stranger}, which npm start does not know.`)
  const planned = (
    role: ProcessRole,
    index: number,
    adminPort: number,
    own: Record<string, number>,
  ): PlannedProcess => {
    const name = `${role}-${index + 1}`
    const command = commands.get(role)
    if (command === undefined) throw new Unavailable(`The Procfile has no line for the ${role}.`)
    const ports = Object.entries(own).map(([setting, port]) => [setting, String(port)] as const)
    return {
      ...{ name, role, command, adminPort },
      own: { VOICE_PROCESS_ID: name, ADMIN_PORT: String(adminPort), ...Object.fromEntries(ports) },
    }
  }
  return [
    ...gatewayPorts.map(({ http, ws, admin }, index) =>
      planned('gateway', index, admin, { SERVER_PORT: http, WS_PORT: ws }),
    ),
    ...nodeAdminPorts.map((admin, index) => planned('node', index, admin, { VOICE_NODE_PORT: linkPorts[index] ?? 0 })),
    planned('worker', 0, workerAdminPort, {}),
    planned('relay', 0, relayAdminPort, {}),
  ]
}

const portNames: Readonly<Record<string, string>> = { SERVER_PORT: 'HTTP', WS_PORT: 'WebSocket', ADMIN_PORT: 'admin' }

/** The ports that have to be free before anything starts. The nodes' link ports were chosen free. */
export const portNeeds = (processes: readonly PlannedProcess[]): readonly PortNeed[] =>
  processes.flatMap(({ name, own }) =>
    Object.entries(portNames).flatMap(([setting, kind]) =>
      own[setting] === undefined ? [] : [{ port: Number(own[setting]), wantedBy: `${name} (${kind})` }],
    ),
  )

export interface EnvironmentSources {
  readonly given: GivenSettings
  readonly secrets: LocalSecrets
  readonly addresses: Addresses
}

/** Everything that stands in the environment of a process. It gets no secret that its role has no use for. */
export function environmentOf(
  { role, own }: { readonly role: ProcessRole | 'migrate'; readonly own: Readonly<Record<string, string>> },
  { given, secrets, addresses }: EnvironmentSources,
): Readonly<Record<string, string>> {
  const { guarded } = given
  const pick = (...names: string[]) =>
    Object.fromEntries(names.flatMap((name) => (guarded[name] === undefined ? [] : [[name, guarded[name]]])))
  const byNeed: Readonly<Record<Need, Readonly<Record<string, string>>>> = {
    database: { DATABASE_URL: addresses.databaseUrl },
    redis: { REDIS_URL: addresses.redisUrl },
    cluster: { CLUSTER_SECRET: given.clusterSecret ?? secrets.clusterSecret },
    resume: { CLUSTER_SECRET: given.clusterSecret ?? secrets.clusterSecret },
    jwt: given.hasTokenKey ? pick('JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL') : { JWT_SECRET: secrets.jwtSecret },
    webhooks: { VOICE_WEBHOOK_KEY: guarded['VOICE_WEBHOOK_KEY'] ?? secrets.webhookKey },
    recordings: pick(
      ...['VOICE_RECORDING_FOLDER', 'VOICE_RECORDING_STORE', 'VOICE_RECORDING_S3_KEY_ID', 'VOICE_RECORDING_S3_SECRET'],
    ),
    passwords: pick('VOICE_PASSWORD_PEPPER', 'VOICE_PASSWORD_PEPPER_BEFORE'),
    temporal: {
      ...(addresses.temporalAddress === null ? {} : { TEMPORAL_ADDRESS: addresses.temporalAddress }),
      // A namespace and a key belong to the server they were given for; ours has the default one and asks for none.
      ...(given.temporalAddress === undefined ? {} : pick(...ofGivenTemporal)),
    },
  }
  const needed = needs[role].map((need: Need) => byNeed[need])
  return Object.assign({}, given.passed, ...needed, own, { VOICE_ENV: given.mode }) as Record<string, string>
}

/** Checks the settings of every process before anything starts. Throws ConfigError with all that is wrong for the first. */
export function checkSettings(
  processes: readonly PlannedProcess[],
  { given, secrets }: Omit<EnvironmentSources, 'addresses'>,
  readFile: (path: string) => string,
): void {
  const addresses: Addresses = {
    databaseUrl: given.databaseUrl ?? 'postgres://127.0.0.1/raised-by-us',
    redisUrl: given.redisUrl ?? 'redis://127.0.0.1',
    temporalAddress: given.temporalAddress ?? '127.0.0.1:7233',
  }
  for (const planned of processes) {
    const env = environmentOf(planned, { given, secrets, addresses })
    loadConfig(planned.role, { env, readFile, nowMs: systemClock.wallMs(), hostName: 'this-machine' })
  }
}

import { renameSync, rmSync, writeFileSync } from 'node:fs'
import type { GivenSettings } from './given-settings.ts'
import type { Addresses } from './plan.ts'
import type { RunningProcess } from './supervisor.ts'

/** What a running start leaves for roomctl and for people; roomctl-places.ts reads it. */
export interface RunState {
  readonly pid: number
  readonly startedAt: string
  readonly mode: GivenSettings['mode']
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly keyPrefix: string
  /** Null until it is up. */
  readonly temporalAddress: string | null
  readonly temporalUi: string | null
  readonly processes: readonly {
    readonly name: string
    readonly role: string
    /** Null between an end and the next start. */
    readonly pid: number | null
    readonly adminUrl: string
    readonly httpUrl?: string
    readonly wsPort?: number
    readonly linkPort?: number
  }[]
}

export interface StateParts {
  readonly startedAt: Date
  readonly given: Pick<GivenSettings, 'mode' | 'keyPrefix'>
  readonly addresses: Addresses
  readonly temporalUi: string | null
  readonly processes: readonly RunningProcess[]
}

const portOf = (own: Readonly<Record<string, string>>, name: string): number | null =>
  own[name] === undefined ? null : Number(own[name])

export function runState({ startedAt, given, addresses, temporalUi, processes }: StateParts): RunState {
  return {
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    mode: given.mode,
    databaseUrl: addresses.databaseUrl,
    redisUrl: addresses.redisUrl,
    keyPrefix: given.keyPrefix,
    temporalAddress: addresses.temporalAddress,
    temporalUi,
    processes: processes.map(({ planned: { name, role, adminPort, own }, pid }) => {
      const [http, ws, link] = ['SERVER_PORT', 'WS_PORT', 'VOICE_NODE_PORT'].map((setting) => portOf(own, setting))
      return {
        ...{ name, role, pid, adminUrl: `http://127.0.0.1:${adminPort}` },
        ...(http == null ? {} : { httpUrl: `http://localhost:${http}` }),
        ...(ws == null ? {} : { wsPort: ws }),
        ...(link == null ? {} : { linkPort: link }),
      }
    }),
  }
}

/** Writes the file whole or not at all; for its owner's eyes only, since addresses carry passwords. */
export function writeState(file: string, state: RunState): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

export const removeState = (file: string): void => rmSync(file, { force: true })

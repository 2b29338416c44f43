import { readIceServers } from '../../../protocol/http/ice.ts'
import type { Ice } from '../../ice.ts'
import { bind, type Route } from '../bind.ts'

/** Credentials for those whose connection lasts longer than they do, or who have no socket. */
export const iceRoutes = ({ ice }: { readonly ice: Ice }): readonly Route[] => [
  bind(readIceServers, ({ caller }) => ice.serversFor(caller.userId)),
]

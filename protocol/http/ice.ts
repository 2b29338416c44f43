import { IceServers } from '../client/ice.ts'
import { endpoint } from './endpoint.ts'

export const readIceServers = endpoint({
  name: 'ice.servers',
  method: 'GET',
  path: '/api/v1/ice-servers',
  summary: 'STUN and TURN servers, with credentials for the caller',
  auth: 'token',
  limit: 'rest',
  status: 200,
  reply: IceServers,
})

export const iceEndpoints = [readIceServers] as const

import { Type } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { IsoTime, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint, TextStream } from './endpoint.ts'

const UserParams = strict({ userId: UserId })
const ErasureId = Type.String({ format: 'uuid' })
const ExportId = Type.String({ format: 'uuid' })

/** Where an erasure stands. It does not say whom it is about. */
export const ErasureBody = strict({
  erasure_id: ErasureId,
  /** `unknown`: it was never asked for. */
  status: oneOf(['pending', 'done', 'unknown']),
  requested_at: nullable(IsoTime),
  done_at: nullable(IsoTime),
})

export const exportPerson = endpoint({
  name: 'persons.export',
  method: 'GET',
  path: '/api/v1/users/{userId}/export',
  summary: 'Take out everything that the record holds of a person, as JSON lines',
  auth: 'token',
  limit: 'rest',
  params: UserParams,
  status: 200,
  reply: TextStream,
  media: ['application/x-ndjson'],
  errors: ['FORBIDDEN'],
})

export const erasePerson = endpoint({
  name: 'persons.erase',
  method: 'POST',
  path: '/api/v1/users/{userId}/erase',
  summary: 'Have a person taken out of the record; it is done in the background, whatever dies meanwhile',
  auth: 'token',
  limit: 'rest',
  params: UserParams,
  status: 202,
  reply: ErasureBody,
  errors: ['FORBIDDEN'],
})

export const readErasure = endpoint({
  name: 'persons.erasure',
  method: 'GET',
  path: '/api/v1/erasures',
  summary: 'Ask where the erasing of a person stands',
  auth: 'token',
  limit: 'rest',
  query: strict({ erasure_id: ErasureId }),
  status: 200,
  reply: ErasureBody,
  errors: ['FORBIDDEN'],
})

/** Where a file about a person stands. It does not say whom it is about. */
export const ExportBody = strict({
  export_id: ExportId,
  /** `unknown`: it was never asked for, or is over a week old. */
  status: oneOf(['pending', 'done', 'unknown']),
  requested_at: nullable(IsoTime),
  done_at: nullable(IsoTime),
})

export const requestExport = endpoint({
  name: 'persons.request_export',
  method: 'POST',
  path: '/api/v1/users/{userId}/exports',
  summary: 'Have everything that the record holds of a person written into a file; it is done in the background',
  auth: 'token',
  limit: 'rest',
  params: UserParams,
  status: 202,
  reply: ExportBody,
  errors: ['FORBIDDEN'],
})

export const readExport = endpoint({
  name: 'persons.read_export',
  method: 'GET',
  path: '/api/v1/exports/{exportId}',
  summary: 'Ask where a file about a person stands',
  auth: 'token',
  limit: 'rest',
  params: strict({ exportId: ExportId }),
  status: 200,
  reply: ExportBody,
  errors: ['FORBIDDEN'],
})

export const fetchExport = endpoint({
  name: 'persons.fetch_export',
  method: 'GET',
  path: '/api/v1/exports/{exportId}/file',
  summary: 'Fetch the file about a person, as JSON lines; an empty line until it is done',
  auth: 'token',
  limit: 'rest',
  params: strict({ exportId: ExportId }),
  status: 200,
  reply: TextStream,
  media: ['application/x-ndjson'],
  errors: ['FORBIDDEN'],
})

export const personEndpoints = [exportPerson, erasePerson, readErasure, requestExport, readExport, fetchExport] as const

import { Type, type TSchema } from '@sinclair/typebox'
import { decoder, parseJson, type Decoder } from '../codec.ts'
import { AppError } from '../errors.ts'
import { zoneFrames } from './frames.ts'
import {
  rangeOf,
  sizeOf,
  sizes,
  type Field,
  type FieldType,
  type Layout,
  type RecordList,
  type Twin,
} from './layout.ts'

/** Any frame of a zone, as JSON has it. */
export type ZoneTwin = TwinOf<(typeof zoneFrames)[number]>
type TwinOf<L> = L extends Layout ? Twin<L> : never

type Loose = Record<string, number | string | readonly Readonly<Record<string, number>>[]>

const readers: Readonly<Record<FieldType, (view: DataView, at: number) => number>> = {
  u8: (view, at) => view.getUint8(at),
  u16: (view, at) => view.getUint16(at, true),
  u32: (view, at) => view.getUint32(at, true),
  i8: (view, at) => view.getInt8(at),
  i16: (view, at) => view.getInt16(at, true),
  i32: (view, at) => view.getInt32(at, true),
}

const writers: Readonly<Record<FieldType, (view: DataView, at: number, value: number) => void>> = {
  u8: (view, at, value) => view.setUint8(at, value),
  u16: (view, at, value) => view.setUint16(at, value, true),
  u32: (view, at, value) => view.setUint32(at, value, true),
  i8: (view, at, value) => view.setInt8(at, value),
  i16: (view, at, value) => view.setInt16(at, value, true),
  i32: (view, at, value) => view.setInt32(at, value, true),
}

const refuse = (field: string, problem: string): never => {
  throw new AppError('VALIDATION_FAILED', { field, problem })
}

/** What is wrong with a value of a field; null for nothing. */
function problemOf(field: Field, value: number): string | null {
  const [min, max] = rangeOf(field)
  if (!Number.isInteger(value) || value < min || value > max) return `is not a whole number from ${min} to ${max}`
  return field.problem?.(value) ?? null
}

const byCode = new Map<number, Layout>(zoneFrames.map((layout) => [layout.code, layout]))
const byName = new Map<string, Layout>(zoneFrames.map((layout) => [layout.name, layout]))
const isCount = ({ lists }: Layout, name: string): boolean => lists.some(({ count }) => count === name)

/** Numbers of a header or a record, checked; `path` names them in a refusal. */
function readFields(view: DataView, from: number, fields: readonly Field[], path: string): Record<string, number> {
  const record: Record<string, number> = {}
  let at = from
  for (const field of fields) {
    const value = readers[field.type](view, at)
    const problem = problemOf(field, value)
    if (problem !== null) refuse(path + field.name, problem)
    record[field.name] = value
    at += sizes[field.type]
  }
  return record
}

/**
 * Bytes to the twin. Throws UNKNOWN_FRAME for a first byte that names no frame, and VALIDATION_FAILED, naming the field, for one
 * that is too short or too long, or holds what may not be. Looks at the length before it makes anything.
 */
export function decodeFrame(bytes: Uint8Array): ZoneTwin {
  const layout = bytes.length === 0 ? undefined : byCode.get(bytes[0]!)
  if (!layout) throw new AppError('UNKNOWN_FRAME', { type: bytes.length === 0 ? '' : `0x${bytes[0]!.toString(16)}` })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerBytes = 1 + sizeOf(layout.header)
  if (bytes.length < headerBytes) refuse('', `has ${bytes.length} bytes, fewer than the ${headerBytes} of its header`)
  const header = readFields(view, 1, layout.header, '')
  const wanted = layout.lists.reduce((sum, { count, fields }) => sum + header[count]! * sizeOf(fields), headerBytes)
  if (bytes.length !== wanted) refuse('', `has ${bytes.length} bytes, and by its header ${wanted}`)
  const twin: Loose = { type: layout.name }
  for (const { name } of layout.header) if (!isCount(layout, name)) twin[name] = header[name]!
  let at = headerBytes
  for (const { name, count, fields } of layout.lists) {
    twin[name] = Array.from({ length: header[count]! }, (_, n) =>
      readFields(view, at + n * sizeOf(fields), fields, `${name}.${n}.`),
    )
    at += header[count]! * sizeOf(fields)
  }
  return twin as unknown as ZoneTwin
}

/** The twin to bytes. Throws VALIDATION_FAILED for a number that does not fit its field. */
export function encodeFrame(twin: ZoneTwin): Uint8Array {
  const loose = twin as unknown as Loose
  const layout = byName.get(twin.type)!
  const recordsOf = ({ name }: RecordList) => loose[name] as readonly Readonly<Record<string, number>>[]
  const bytes = new Uint8Array(
    layout.lists.reduce((sum, list) => sum + recordsOf(list).length * sizeOf(list.fields), 1 + sizeOf(layout.header)),
  )
  const view = new DataView(bytes.buffer)
  view.setUint8(0, layout.code)
  let at = 1
  const put = (field: Field, value: number, path: string) => {
    const problem = problemOf(field, value)
    if (problem !== null) refuse(path + field.name, problem)
    writers[field.type](view, at, value)
    at += sizes[field.type]
  }
  for (const field of layout.header) {
    const counted = layout.lists.find(({ count }) => count === field.name)
    put(field, counted ? recordsOf(counted).length : (loose[field.name] as number), '')
  }
  for (const list of layout.lists) {
    for (const [n, record] of recordsOf(list).entries()) {
      for (const field of list.fields) put(field, record[field.name]!, `${list.name}.${n}.`)
    }
  }
  return bytes
}

const numbers = (fields: readonly Field[]): Record<string, TSchema> =>
  Object.fromEntries(
    fields.map((field) => {
      const [minimum, maximum] = rangeOf(field)
      return [field.name, Type.Integer({ minimum, maximum, description: field.says })]
    }),
  )

/** The schema of a twin. */
export const twinSchema = (layout: Layout): TSchema =>
  Type.Object(
    {
      type: Type.Literal(layout.name),
      ...numbers(layout.header.filter(({ name }) => !isCount(layout, name))),
      ...Object.fromEntries(
        layout.lists.map(({ name, count, fields }) => [
          name,
          Type.Array(Type.Object(numbers(fields), { additionalProperties: false }), {
            maxItems: rangeOf(layout.header.find((field) => field.name === count)!)[1],
          }),
        ]),
      ),
    },
    { additionalProperties: false },
  )

const twins = new Map<string, Decoder<unknown>>(zoneFrames.map((layout) => [layout.name, decoder(twinSchema(layout))]))

/**
 * A twin written as JSON, checked as its bytes would be. Throws MALFORMED_JSON, UNKNOWN_FRAME or VALIDATION_FAILED.
 */
export function parseTwin(text: string): ZoneTwin {
  const value = parseJson(text)
  const type = typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : ''
  const check = twins.get(type)
  if (!check) throw new AppError('UNKNOWN_FRAME', { type: type.slice(0, 64) })
  const twin = check(value) as ZoneTwin
  encodeFrame(twin)
  return twin
}

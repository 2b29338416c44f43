/** How a number lies in a frame. All are little endian. */
export type FieldType = 'u8' | 'u16' | 'u32' | 'i8' | 'i16' | 'i32'

/** One number of a frame. */
export interface Field<Name extends string = string> {
  readonly name: Name
  readonly type: FieldType
  /** What it says, and in which unit: for the page. */
  readonly says: string
  /** The least and the most it may be, where the type would allow more. */
  readonly min?: number
  readonly max?: number
  /** A value that fits may still be none: a stance of two bits that does not exist. What is wrong, or null. */
  readonly problem?: (value: number) => string | null
}

/** Records of one shape, one after the other. Their number stands in the header. */
export interface RecordList<Name extends string = string, Names extends string = string> {
  readonly name: Name
  /** The field of the header that counts them. */
  readonly count: string
  readonly fields: readonly Field<Names>[]
}

/** A frame: its type in the first byte, the header, then its lists in this order, and nothing after them. */
export interface Layout<
  Name extends string = string,
  Header extends string = string,
  List extends RecordList = RecordList,
> {
  readonly name: Name
  /** The first byte. */
  readonly code: number
  readonly from: string
  readonly to: string
  readonly says: string
  readonly header: readonly Field<Header>[]
  readonly lists: readonly List[]
}

export type RecordOf<List extends RecordList> = Readonly<Record<List['fields'][number]['name'], number>>

/**
 * A frame as JSON has it: its twin, for logs, tests and people. Counts are not in it: they are the lengths of its lists.
 */
export type Twin<L extends Layout = Layout> = { readonly type: L['name'] } & Readonly<
  Record<Exclude<L['header'][number]['name'], L['lists'][number]['count']>, number>
> & { readonly [List in L['lists'][number] as List['name']]: readonly RecordOf<List>[] }

export const sizes: Readonly<Record<FieldType, number>> = { u8: 1, u16: 2, u32: 4, i8: 1, i16: 2, i32: 4 }

const least: Readonly<Record<FieldType, number>> = { u8: 0, u16: 0, u32: 0, i8: -128, i16: -32768, i32: -2147483648 }
const most: Readonly<Record<FieldType, number>> = {
  ...{ u8: 255, u16: 65535, u32: 4294967295 },
  ...{ i8: 127, i16: 32767, i32: 2147483647 },
}

/** The least and the most that a field may be. */
export const rangeOf = ({ type, min, max }: Field): readonly [number, number] => [min ?? least[type], max ?? most[type]]

/** B of the fields together. */
export const sizeOf = (fields: readonly Field[]): number => fields.reduce((sum, { type }) => sum + sizes[type], 0)

/** Keeps the names of a list as literals, for `Twin`. */
export const list = <const Name extends string, const Names extends string>(
  name: Name,
  count: string,
  fields: readonly Field<Names>[],
): RecordList<Name, Names> => ({ name, count, fields })

import fc from 'fast-check'

/** Values that are nowhere expected. Each is JSON as text, since some can be written in JSON only. */
const oddJson: readonly string[] = [
  ...['null', 'true', '0', '-1', '1e400', '-0', '1.5', '9007199254740993', '""', '[]', '{}', '[null]', '"\\u0000"'],
  ...[
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{}}}',
    '"__proto__"',
  ],
  ...[
    '"$where"',
    '"\'; drop table rooms; --"',
    '"../../etc/passwd"',
    '"%00"',
    '"\\u202e"',
    '{"toString":1,"length":-1}',
  ],
  JSON.stringify('x'.repeat(15_000)),
  JSON.stringify('\u{1f600}'.repeat(2_000)),
  `${'['.repeat(500)}${']'.repeat(500)}`,
  `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`,
  JSON.stringify(Array.from({ length: 2_000 }, (_, index) => index)),
  `{${Array.from({ length: 500 }, (_, index) => `"k${index}":${index}`).join(',')}}`,
]
/** Over the limit of a body. */
const huge = JSON.stringify('y'.repeat(70_000))

/** What is done to the text of a fitting value. */
type Mutation = (text: string, value: Readonly<Record<string, unknown>>, pick: number) => string | Buffer

const nth = <Item>(items: readonly Item[], pick: number): Item => items[pick % items.length] as Item
const withField = (value: Readonly<Record<string, unknown>>, name: string, json: string): string => {
  const rest = Object.entries(value).filter(([field]) => field !== name)
  return `{${[...rest.map(([field, each]) => `${JSON.stringify(field)}:${JSON.stringify(each)}`), `${JSON.stringify(name)}:${json}`].join(',')}}`
}
const someField = (value: Readonly<Record<string, unknown>>, pick: number): string => {
  const names = Object.keys(value)
  return names.length === 0 ? 'a' : nth(names, pick)
}

/** In the order in which they are told of; the first leaves the value alone. */
export const mutations: Readonly<Record<string, Mutation>> = {
  none: (text) => text,
  'odd field': (_, value, pick) => withField(value, someField(value, pick), nth(oddJson, pick >> 4)),
  'missing field': (_, value, pick) => {
    const gone = someField(value, pick)
    return JSON.stringify(Object.fromEntries(Object.entries(value).filter(([name]) => name !== gone)))
  },
  'extra field': (_, value, pick) =>
    withField(value, nth(['colour', '__proto__', 'constructor', 'is_admin', ''], pick), '1'),
  'doubled field': (text, value, pick) => `{"${someField(value, pick)}":${nth(oddJson, pick >> 4)},${text.slice(1)}`,
  'odd whole': (_text, _value, pick) => nth(oddJson, pick),
  'cut short': (text, _, pick) => text.slice(0, pick % Math.max(1, text.length)),
  'odd byte': (text, _, pick) => {
    const bytes = Buffer.from(text)
    if (bytes.length > 0) bytes[pick % bytes.length] = nth([0x00, 0xff, 0xc0, 0xed, 0x80, 0x22, 0x5c], pick >> 8)
    return bytes
  },
  'no JSON': (_text, _value, pick) =>
    nth(['', 'NaN', '{', '}', '\ufeff{}', '{"a":1}{"b":2}', 'null null', "{'a':1}"], pick),
  'far too large': (_, value, pick) => withField(value, someField(value, pick), huge),
}

/** A value that fits, and what was done to it. */
export interface BadInput {
  readonly mutation: string
  readonly bytes: string | Buffer
}

/** Input that is wrong in one way, or in none. `without` names mutations that are not wanted. */
export const badInput = (fits: fc.Arbitrary<unknown>, without: readonly string[] = []): fc.Arbitrary<BadInput> =>
  fc
    .tuple(
      fits,
      fc.constantFrom('none', 'none', ...Object.keys(mutations).filter((name) => !without.includes(name))),
      fc.nat(),
    )
    .map(([value, mutation, pick]) => {
      const text = JSON.stringify(value)
      return { mutation, bytes: (mutations[mutation] as Mutation)(text, value as Record<string, unknown>, pick) }
    })

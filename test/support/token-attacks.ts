import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** What an attacker knows and has of a deployment, and a way to have its issuer sign anything, for claims that must not count. */
export interface Victim {
  readonly algorithm: 'HS256' | 'RS256' | 'ES256'
  /** Signs with the deployment's own key. */
  readonly sign: (signed: string) => string
  /** Public to everyone; null for a shared secret. */
  readonly publicPem: string | null
  readonly issuer: string
  readonly audience: string
  readonly nowS: number
}

/** A token that must not let anybody in. */
export interface Attack {
  readonly name: string
  readonly token: string
}

const base64 = (value: string | Buffer) => Buffer.from(value).toString('base64url')
const json = (value: unknown) => base64(JSON.stringify(value))
const shown = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value).slice(0, 40))

export const hmac =
  (key: string | Buffer, hash = 'sha256') =>
  (signed: string) =>
    createHmac(hash, key).update(signed).digest('base64url')
export const rsaSign = (key: KeyObject) => (signed: string) =>
  sign('sha256', Buffer.from(signed), key).toString('base64url')
export const ecSign = (key: KeyObject) => (signed: string) =>
  sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')

const strangers = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
}

/** A good token's claims. */
export const goodClaims = ({ issuer, audience, nowS }: Victim) => ({
  sub: 'ann',
  name: 'Ann',
  iss: issuer,
  aud: audience,
  iat: nowS,
  exp: nowS + 600,
})

/** A good token, with what is changed of it. */
export function tokenOf(victim: Victim, claims: object = goodClaims(victim), header: object = {}): string {
  const signed = `${json({ alg: victim.algorithm, typ: 'JWT', ...header })}.${json(claims)}`
  return `${signed}.${victim.sign(signed)}`
}

/** Some hundred tokens, each a known way to be let in without a good token, or a good one with something wrong about it. */
export const tokenAttacks = (victim: Victim): readonly Attack[] => [
  ...foreignAlgorithms(victim),
  ...foreignKeys(victim),
  ...headers(victim),
  ...claims(victim),
  ...payloads(victim),
  ...twins(victim),
  ...altered(victim),
  ...signatures(victim),
  ...spellings(victim),
]

function foreignAlgorithms(victim: Victim): Attack[] {
  const { algorithm, publicPem } = victim
  const [, payload = '', signature = ''] = tokenOf(victim).split('.')
  const names: unknown[] = [
    ...['none', 'None', 'NONE', 'nOnE', 'noNe', 'none ', ' none', 'null', '', null, true, 0, [], {}, ['none']],
    ...['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
    ...['hs256', 'Rs256', 'es256', 'HS256 ', 'HS1', 'dir', 'RSA-OAEP', 'A128KW', '__proto__', 'constructor'],
  ].filter((name) => name !== algorithm)
  const ways: Readonly<Record<string, (signed: string) => string>> = {
    'no signature': () => '',
    'the signature of a good one': () => signature,
    'a MAC by the public key': hmac(publicPem ?? 'secret'),
    'a MAC by nothing': hmac(''),
  }
  return names.flatMap((alg) =>
    Object.entries(ways).map(([name, make]) => {
      const signed = `${json({ alg, typ: 'JWT' })}.${payload}`
      return { name: `alg ${JSON.stringify(alg)} with ${name}`, token: `${signed}.${make(signed)}` }
    }),
  )
}

function foreignKeys(victim: Victim): Attack[] {
  const { algorithm, publicPem } = victim
  const signed = tokenOf(victim).split('.').slice(0, 2).join('.')
  const known: Record<string, string | Buffer> = {
    nothing: '',
    zero: '\0',
    secret: 'secret',
    changeme: 'changeme',
    null: 'null',
  }
  if (publicPem !== null) {
    const key = createPublicKey(publicPem)
    known['the public key'] = publicPem
    known['the public key without its last line break'] = publicPem.trim()
    known['the public key on one line'] = publicPem.replaceAll('\n', '')
    known['the public key in DER'] = key.export({ type: 'spki', format: 'der' })
    known['the public key as JWK'] = JSON.stringify(key.export({ format: 'jwk' }))
  }
  const signers: Record<string, (signed: string) => string> = {
    "a stranger's RSA key": rsaSign(strangers.rsa),
    "a stranger's EC key": ecSign(strangers.ec),
    ...Object.fromEntries(Object.entries(known).map(([name, key]) => [`a MAC by ${name}`, hmac(key)])),
    ...Object.fromEntries(Object.entries(known).map(([name, key]) => [`a longer MAC by ${name}`, hmac(key, 'sha512')])),
  }
  return Object.entries(signers).map(([name, make]) => ({
    name: `${algorithm} with ${name}`,
    token: `${signed}.${make(signed)}`,
  }))
}

/** Fields of the header that would lead us: signed well where the field alone is wrong, else by a key of the attacker's. */
function headers(victim: Victim): Attack[] {
  const jwk = createPublicKey(strangers.ec).export({ format: 'jwk' })
  const leading: Readonly<Record<string, object>> = {
    'crit exp': { crit: ['exp'] },
    'crit b64': { crit: ['b64'], b64: false },
    'crit nothing': { crit: [] },
    'b64 alone': { b64: false },
    'an oct key': { jwk: { kty: 'oct', k: '' } },
    'an EC key': { jwk },
    'a key that is null': { jwk: null },
    'a key address': { jku: 'https://evil.example/keys' },
    'a key address on this machine': { jku: 'http://127.0.0.1/keys' },
    'a certificate address': { x5u: 'https://evil.example/cert' },
    'a certificate': { x5c: ['AAAA'] },
    compression: { zip: 'DEF' },
    encryption: { enc: 'A128GCM' },
    'a token inside': { cty: 'JWT' },
    'another type': { typ: 'resume+jwt' },
    'a type that is none': { typ: 7 },
    'a list of types': { typ: ['JWT'] },
  }
  const kids: unknown[] = [
    ...['../../../../dev/null', '/dev/null', "' or 1=1 --", "x' union select 'secret", '| id', '$(id)', '__proto__'],
    ...[
      'constructor',
      'https://evil.example/key',
      'a\u0000b',
      'x'.repeat(257),
      '',
      null,
      7,
      true,
      [],
      {},
      ['kid'],
      { $ne: 1 },
    ],
  ]
  const [, payload = ''] = tokenOf(victim).split('.')
  return [
    ...Object.entries(leading).map(([name, header]) => ({
      name: `a header with ${name}`,
      token: tokenOf(victim, goodClaims(victim), header),
    })),
    ...kids.map((kid) => {
      const signed = `${json({ alg: victim.algorithm, typ: 'JWT', kid })}.${payload}`
      return { name: `kid ${JSON.stringify(kid).slice(0, 40)}`, token: `${signed}.${hmac('')(signed)}` }
    }),
    ...[undefined, 'JWT', [], null, 1].map((header) => {
      const signed = `${header === undefined ? '' : json(header)}.${payload}`
      return { name: `a header that is ${shown(header)}`, token: `${signed}.${victim.sign(signed)}` }
    }),
  ]
}

/** Signed by the right key: what is wrong is what they say. */
function claims(victim: Victim): Attack[] {
  const { issuer, audience, nowS } = victim
  const good = goodClaims(victim)
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    exp: [
      ...[undefined, null, '', 'tomorrow', String(nowS + 600), true, [], [nowS + 600], {}, { $gt: 0 }],
      ...[0, -1, nowS - 6, nowS - 86_400, -(nowS + 600), 1e300, 8_640_000_000_001],
    ],
    nbf: [null, '', 'now', String(nowS), true, [], {}, nowS + 6, nowS + 86_400, 1e300],
    iat: ['', 'now', String(nowS), null, true, [], {}, -1, 1e300],
    sub: [
      ...[
        undefined,
        null,
        '',
        7,
        true,
        [],
        ['ann'],
        {},
        { toString: 'ann' },
        'a b',
        ' ann',
        'ann ',
        'ann\n',
        'ann\u0000',
      ],
      ...['x'.repeat(37), 'änn', 'ann/../bob', '../ann', "ann'--", '<ann>', 'ann,bob', 'ann\u202e', '${ann}'],
    ],
    iss: [undefined, null, '', `${issuer}/`, issuer.toUpperCase(), `${issuer}.evil.example`, [issuer], {}, 7],
    aud: [undefined, null, '', [], `${audience}x`, audience.toUpperCase(), ['shop'], {}, 7, [[audience]]],
    roles: [
      'admin',
      ['root'],
      ['Admin'],
      ['admin', 'admin'],
      ['admin', 'service', 'x'],
      { admin: true },
      null,
      [null],
      [['admin']],
    ],
    guilds: [
      'g1',
      [{ id: 'g1' }],
      [{ role: 'leader' }],
      [{ id: 7, role: 'x' }],
      { g1: 'leader' },
      [null],
      Array(101).fill({ id: 'g', role: 'x' }),
    ],
    name: ['', 7, null, [], 'n'.repeat(51), 'a\u0000b'],
    jti: ['', 7, null, [], 'j'.repeat(129)],
  }
  return Object.entries(wrong).flatMap(([claim, values]) =>
    values.map((value) => ({
      name: `${claim} ${shown(value)}`,
      token: tokenOf(victim, { ...good, [claim]: value }),
    })),
  )
}

/** Signed by the right key: what is wrong is that they are no claims. */
function payloads(victim: Victim): Attack[] {
  const good = JSON.stringify(goodClaims(victim))
  const texts: Readonly<Record<string, string | Buffer>> = {
    'a text': '"ann"',
    'a number': '7',
    'a list': '[]',
    'a list of claims': `[${good}]`,
    null: 'null',
    true: 'true',
    'no JSON': 'ann',
    'JSON that ends early': good.slice(0, -1),
    'JSON with more behind it': `${good}{}`,
    'a comma too many': good.replace('}', ',}'),
    'a comment': good.replace('{', '{/**/'),
    'a byte order mark': `\ufeff${good}`,
    'bytes that are no UTF-8': Buffer.concat([
      Buffer.from(good.slice(0, -1)),
      Buffer.from(',"x":"'),
      Buffer.of(0xff, 0xfe),
      Buffer.from('"}'),
    ]),
    'a prototype': good.replace('{', '{"__proto__":{"roles":["admin"]},'),
    'a deep well': '['.repeat(2_000) + ']'.repeat(2_000),
  }
  return Object.entries(texts).map(([name, text]) => {
    const signed = `${json({ alg: victim.algorithm, typ: 'JWT' })}.${base64(text)}`
    return { name: `a payload that is ${name}`, token: `${signed}.${victim.sign(signed)}` }
  })
}

/** What stands twice is read by some as the first, by others as the last. */
function twins(victim: Victim): Attack[] {
  const good = JSON.stringify(goodClaims(victim))
  const own = JSON.stringify(victim.algorithm)
  const texts: readonly (readonly [string, string, string])[] = [
    ['sub twice', `{"alg":${own}}`, good.replace('{', '{"sub":"root",')],
    ['sub twice, the other behind', `{"alg":${own}}`, good.replace(/\}$/, ',"sub":"root"}')],
    ['sub twice, once in escapes', `{"alg":${own}}`, good.replace('{', '{"s\\u0075b":"root",')],
    ['roles twice', `{"alg":${own}}`, good.replace('{', '{"roles":["admin"],"roles":[],')],
    ['exp twice', `{"alg":${own}}`, good.replace('{', '{"exp":1,')],
    ['alg twice', `{"alg":"none","alg":${own}}`, good],
    ['alg twice, none behind', `{"alg":${own},"alg":"none"}`, good],
    ['kid twice', `{"alg":${own},"kid":"a","kid":"b"}`, good],
  ]
  return texts.map(([name, header, payload]) => {
    const signed = `${base64(header)}.${base64(payload)}`
    return { name, token: `${signed}.${victim.sign(signed)}` }
  })
}

/** The signature of a good token under something else. */
function altered(victim: Victim): Attack[] {
  const good = goodClaims(victim)
  const [header = '', payload = '', signature = ''] = tokenOf(victim).split('.')
  const others: readonly object[] = [
    ...[
      { sub: 'bob' },
      { roles: ['admin'] },
      { roles: ['service'] },
      { exp: good.exp + 1 },
      { name: 'Bob' },
      { iss: 'x' },
    ],
    ...[{ aud: 'x' }, { jti: 'x' }, { guilds: [{ id: 'g', role: 'leader' }] }, { nbf: 0 }],
  ]
  const flips = (text: string, count: number) =>
    Array.from({ length: count }, (_, index) => {
      const at = Math.floor((index * text.length) / count)
      return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
    }).filter((flipped) => flipped !== text)
  return [
    ...others.map((other) => ({
      name: `a good signature under ${JSON.stringify(other)}`,
      token: `${header}.${json({ ...good, ...other })}.${signature}`,
    })),
    ...flips(header, 12).map((flipped) => ({ name: 'a flipped header', token: `${flipped}.${payload}.${signature}` })),
    ...flips(payload, 16).map((flipped) => ({ name: 'a flipped payload', token: `${header}.${flipped}.${signature}` })),
    ...flips(signature, 24).map((flipped) => ({
      name: 'a flipped signature',
      token: `${header}.${payload}.${flipped}`,
    })),
  ]
}

function signatures(victim: Victim): Attack[] {
  const [header = '', payload = '', signature = ''] = tokenOf(victim).split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
  const half = Buffer.alloc(32)
  const made: readonly (readonly [string, string])[] = [
    ...[1, 2, 3, 4, 8, 16, 32].map((count) => [`cut by ${count}`, signature.slice(0, -count)] as const),
    ...['A', 'AA', 'AAAA', '_', '-', signature].map((more) => [`longer by ${more.length}`, signature + more] as const),
    ['of zeros', Buffer.alloc(bytes.length).toString('base64url')],
    ['of ones', Buffer.alloc(bytes.length, 0xff).toString('base64url')],
    ['backwards', Buffer.from(bytes).reverse().toString('base64url')],
    ['in hexadecimal', bytes.toString('hex')],
    ['in capitals', signature.toUpperCase()],
    ['of the header', header],
    ['r and s zero', Buffer.concat([half, half]).toString('base64url')],
    ['r and s the order', Buffer.concat([order, order]).toString('base64url')],
    ['r zero', Buffer.concat([half, order]).toString('base64url')],
    ['in DER', Buffer.concat([Buffer.of(0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00)]).toString('base64url')],
    ['with a zero in front', Buffer.concat([Buffer.of(0), bytes]).toString('base64url')],
  ]
  return made
    .filter(([, text]) => text !== signature)
    .map(([name, text]) => ({ name: `a signature ${name}`, token: `${header}.${payload}.${text}` }))
}

/** The same token in other letters: two spellings of one token are two keys of every list of refused ones. */
function spellings(victim: Victim): Attack[] {
  const good = tokenOf(victim)
  const parts = good.split('.')
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const with_ = (index: number, change: (part: string) => string) =>
    parts.map((part, at) => (at === index ? change(part) : part)).join('.')
  const names = ['header', 'payload', 'signature']
  return [
    ...names.flatMap((name, index) => [
      { name: `a ${name} with padding`, token: with_(index, (part) => `${part}=`) },
      { name: `a ${name} with more padding`, token: with_(index, (part) => `${part}==`) },
      { name: `a ${name} with a blank`, token: with_(index, (part) => `${part.slice(0, 4)} ${part.slice(4)}`) },
      { name: `a ${name} with a line break`, token: with_(index, (part) => `${part.slice(0, 4)}\n${part.slice(4)}`) },
      { name: `a ${name} with a tab behind`, token: with_(index, (part) => `${part}\t`) },
      { name: `a ${name} with a zero`, token: with_(index, (part) => `${part}\u0000`) },
      {
        name: `a ${name} with a strange letter`,
        token: with_(index, (part) => `${part.slice(0, 4)}é${part.slice(4)}`),
      },
      { name: `an empty ${name}`, token: with_(index, () => '') },
      { name: `no ${name}`, token: parts.filter((_, at) => at !== index).join('.') },
      {
        name: `a ${name} in the other alphabet`,
        token: with_(index, (part) => `${part.replaceAll('-', '+').replaceAll('_', '/')}+`),
      },
      // Bits of the last letter that stand for nothing.
      ...[1, 2, 3].map((bits) => ({
        name: `a ${name} whose last letter says ${bits} more`,
        token: with_(index, (part) => {
          const last = alphabet.indexOf(part.at(-1) ?? 'A')
          return `${part.slice(0, -1)}${alphabet[last ^ bits] ?? 'A'}`
        }),
      })),
    ]),
    ...[`${good}.`, `.${good}`, `${good}.${good}`, `${good}.AAAA`, `${good}.AAAA.AAAA`, '..', '...', 'a.b.c', '.'].map(
      (token) => ({
        name: `dots: ${token.length}`,
        token,
      }),
    ),
    { name: 'as JSON', token: JSON.stringify({ protected: parts[0], payload: parts[1], signature: parts[2] }) },
    { name: 'in quotes', token: `"${good}"` },
    { name: 'with its scheme', token: `Bearer ${good}` },
    { name: 'escaped', token: good.replace('.', '%2E') },
    { name: 'two, with a comma', token: `${good},${good}` },
    { name: 'over 8 KiB', token: tokenOf(victim, { ...goodClaims(victim), junk: 'x'.repeat(8_192) }) },
  ]
}

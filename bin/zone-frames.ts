import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { zoneFrames } from '../protocol/zone/frames.ts'
import { rangeOf, sizeOf, sizes, type Field, type Layout } from '../protocol/zone/layout.ts'

/*
 * `npm run docs:frames`: writes docs/zone-frames.md. Without `--write` it only says whether the page is what the layouts say.
 */
export const page = fileURLToPath(new URL('../docs/zone-frames.md', import.meta.url))

const line = (at: string, { name, type, says, ...field }: Field): string => {
  const [min, max] = rangeOf({ name, type, says, ...field })
  const range = field.min === undefined && field.max === undefined ? '' : `, ${min} to ${max}`
  return `| ${at} | \`${name}\` | ${type}${range} | ${says} |`
}

function fieldTable(fields: readonly Field[], from: number): readonly string[] {
  let at = from
  const lines = fields.map((field) => {
    const drawn = line(String(at), field)
    at += sizes[field.type]
    return drawn
  })
  return ['| byte | field | type | what it says |', '| --- | --- | --- | --- |', ...lines]
}

function section({ name, code, from, to, says, header, lists }: Layout): readonly string[] {
  const bytes = 1 + sizeOf(header)
  const hex = `0x${code.toString(16).padStart(2, '0')}`
  const [head, ...rest] = fieldTable(header, 1)
  const type = `| 0 | \`type\` | u8, always ${hex} | which frame this is |`
  return [
    `## ${name} (${hex})`,
    `From ${from} to ${to}. ${says}`,
    `${lists.length === 0 ? 'All of it' : 'Its header'} has ${bytes} bytes:`,
    [head, rest[0], type, ...rest.slice(1)].join('\n'),
    ...lists.flatMap((list) => [
      `Then \`${list.count}\` times \`${list.name}\`, ${sizeOf(list.fields)} bytes each:`,
      fieldTable(list.fields, 0).join('\n'),
    ]),
  ]
}

/** The page as it has to be now. */
export async function drawnZonePage(): Promise<string> {
  const text = [
    '# Frames of a zone, byte by byte',
    'Drawn from `protocol/zone/frames.ts` by `npm run docs:frames`; a test holds the two together. Who sends which when is in [the socket](socket.md) and in [zones](architecture/zones.md).',
    'Numbers are little endian. Places are whole sixteenths of a metre from the origin of the region, which `resync` tells. What a field says of bits it does not name is that they are 0. A frame is as long as its header says, to the byte; anything else, and a value outside its range, is refused with `VALIDATION_FAILED` and the name of the field, an unknown first byte with `UNKNOWN_FRAME`.',
    'Between two words on somebody a client reckons on: place + velocity × time since. A change of stance comes as `enter` with the alias that is in use.',
    'Every frame has a twin in JSON, for logs and tests: `type` is its name, lists are arrays, and counts are left out.',
    ...zoneFrames.flatMap(section),
  ].join('\n\n')
  return format(text, { ...(await resolveConfig(page)), parser: 'markdown' })
}

if (import.meta.main) {
  const drawn = await drawnZonePage()
  if (process.argv.includes('--write')) writeFileSync(page, drawn)
  else if (readFileSync(page, 'utf8') !== drawn) {
    console.error('docs/zone-frames.md is stale: npm run docs:frames')
    process.exitCode = 1
  }
}

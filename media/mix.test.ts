import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import OpusScript from 'opusscript'
import { mix } from './mix.ts'
import { sampleRate } from './ogg/opus-packet.ts'
import { DamagedAudio, packetsIn } from './ogg/reader.ts'
import { leave, oggOf, tone, type LeftSegment } from './recording.kit.ts'
import { sealed } from './segments.ts'

/** How strong each of these tones is in each half second of a file, from 0 to 1 or so. */
async function tonesIn(file: string, hertz: readonly number[]): Promise<number[][]> {
  const decoder = new OpusScript(sampleRate, 1, OpusScript.Application.AUDIO)
  const pcm: number[] = []
  for (const { packet } of packetsIn(await readFile(file))) {
    const bytes = decoder.decode(Buffer.from(packet))
    for (let at = 0; at < bytes.length; at += 2) pcm.push(bytes.readInt16LE(at) / 8_000)
  }
  decoder.delete()
  const half = sampleRate / 2
  return Array.from({ length: Math.floor(pcm.length / half) }, (_, index) =>
    hertz.map((frequency) => {
      let [real, imaginary] = [0, 0]
      for (let at = index * half; at < (index + 1) * half; at += 1) {
        const angle = (2 * Math.PI * frequency * at) / sampleRate
        real += (pcm[at] ?? 0) * Math.cos(angle)
        imaginary += (pcm[at] ?? 0) * Math.sin(angle)
      }
      return Math.round((20 * Math.hypot(real, imaginary)) / half) / 10
    }),
  )
}

describe('what several people said', () => {
  let folder: string
  let count = 0
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vr-mix-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function recording(...segments: LeftSegment[]): Promise<string> {
    count += 1
    await leave(folder, `r${count}`, segments)
    return join(folder, `r${count}`)
  }
  const mixed = async (of: string) => mix(of, await sealed(of), () => undefined)

  test('lies in one file, each where they said it, silence that nobody sent in between', async () => {
    const ann = oggOf([
      { at: 0, packets: tone(400, 1) },
      { at: 3 * sampleRate, packets: tone(400, 1) },
    ])
    const bob = oggOf([{ at: 0, packets: tone(1_000, 1.5) }])
    const of = await recording({ user: 'ann', fromMs: 0, ogg: ann }, { user: 'bob', fromMs: 1_500, ogg: bob })
    const { file, lengthMs } = await mixed(of)
    assert.ok(Math.abs(lengthMs - 4_000) < 60, `${lengthMs} ms`)
    const heard = (await tonesIn(file, [400, 1_000])).map((powers) => powers.map((power) => power > 0.5))
    assert.deepEqual(heard.slice(0, 8), [
      [true, false],
      [true, false],
      [false, false],
      [false, true],
      [false, true],
      [false, true],
      [true, false],
      [true, false],
    ])
  })

  test('is never louder than a file can hold, however many speak at once', async () => {
    const ogg = oggOf([{ at: 0, packets: tone(500, 1, 30_000) }])
    const of = await recording(...['a', 'b', 'c', 'd'].map((user) => ({ user, fromMs: 0, ogg })))
    const powers = await tonesIn((await mixed(of)).file, [500])
    assert.ok((powers[1]?.[0] ?? 0) > 3 && (powers[1]?.[0] ?? 9) < 4.2, String(powers))
  })

  test('comes out the same, byte for byte, however often it is made; nothing else is left behind', async () => {
    const of = await recording({ user: 'ann', fromMs: 40, ogg: oggOf([{ at: 0, packets: tone(300, 1) }]) })
    const first = await readFile((await mixed(of)).file)
    assert.deepEqual(await readFile((await mixed(of)).file), first)
    assert.deepEqual((await readdir(of)).sort(), ['1.json', '1.ogg', 'manifest.json', 'mix.ogg'])
  })

  test('is not made of segments that are others than were sealed, nor of what is no Opus', async () => {
    const ogg = oggOf([{ at: 0, packets: tone(300, 0.2) }])
    const changed = await recording({ user: 'ann', fromMs: 0, ogg })
    const manifest = await sealed(changed)
    await appendFile(join(changed, '1.ogg'), 'more')
    await assert.rejects(
      mix(changed, manifest, () => undefined),
      DamagedAudio,
    )
    const noOpus = await recording({
      user: 'ann',
      fromMs: 0,
      ogg: oggOf([{ at: 0, packets: [Buffer.alloc(0)] }]).subarray(0, 40),
    })
    await assert.rejects(mixed(noOpus), DamagedAudio)
    const nobodys = await recording({ user: 'ann', fromMs: 0, ogg })
    await writeFile(join(nobodys, '2.ogg'), ogg)
    await assert.rejects(sealed(nobodys), DamagedAudio)
  })

  test('is given up as soon as whoever hears of it throws', async () => {
    const of = await recording({ user: 'ann', fromMs: 0, ogg: oggOf([{ at: 0, packets: tone(300, 3) }]) })
    const manifest = await sealed(of)
    await assert.rejects(
      mix(of, manifest, () => {
        throw new Error('enough')
      }),
      /enough/,
    )
    assert.equal((await readdir(of)).includes('mix.ogg'), false)
  })
})

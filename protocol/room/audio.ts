import { Type, type Static } from '@sinclair/typebox'
import { strict } from '../tagged-union.ts'
import { presetBitrate, type QualityPreset } from './values.ts'

const Switch = Type.Unsafe<0 | 1>(Type.Integer({ minimum: 0, maximum: 1 }))

/**
 * What clients ask of one another's Opus encoders. `fmtp` holds the parameters of the SDP's `a=fmtp` line by their own names
 * (RFC 7587, section 6.1): a client puts them into the descriptions it sends, and whoever receives one encodes accordingly.
 */
export const AudioParameters = strict({
  fmtp: strict({
    /** Bits per second, 6,000-510,000. */
    maxaveragebitrate: Type.Integer(),
    /** Highest rate worth sending, Hz: 8000, 12000, 16000, 24000 or 48000. */
    maxplaybackrate: Type.Integer(),
    /** 1: two channels are worth sending. */
    stereo: Switch,
    /** 1: packets carry a coarse copy of the one before, for when that is lost. */
    useinbandfec: Switch,
    /** 1: hardly anything is sent while nobody speaks. */
    usedtx: Switch,
  }),
  /** Audio in one packet, ms (`a=ptime`, RFC 8866). */
  ptime: Type.Integer(),
})
export type AudioParameters = Static<typeof AudioParameters>

const parameters = (
  preset: QualityPreset,
  fmtp: Omit<AudioParameters['fmtp'], 'maxaveragebitrate'>,
  ptime: number,
): AudioParameters => ({ fmtp: { maxaveragebitrate: presetBitrate[preset], ...fmtp }, ptime })

/**
 * By preset. The bitrates lie where RFC 7587, section 3.1.1, has its sweet spots: speech up to 12 kHz for `low`, full-band speech
 * for `medium`, full-band music in mono for `high` and in stereo for `ultra`. Low packs 40 ms together, since headers cost more
 * than its audio otherwise. From `high` on silence is sent too, so that rooms do not sound cut; at `ultra` a lost packet costs less
 * than its copy in each next one.
 */
export const audioParameters: Readonly<Record<QualityPreset, AudioParameters>> = {
  low: parameters('low', { maxplaybackrate: 24_000, stereo: 0, useinbandfec: 1, usedtx: 1 }, 40),
  medium: parameters('medium', { maxplaybackrate: 48_000, stereo: 0, useinbandfec: 1, usedtx: 1 }, 20),
  high: parameters('high', { maxplaybackrate: 48_000, stereo: 0, useinbandfec: 1, usedtx: 0 }, 20),
  ultra: parameters('ultra', { maxplaybackrate: 48_000, stereo: 1, useinbandfec: 0, usedtx: 0 }, 20),
}

import { fileURLToPath } from 'node:url'
import { LocalStore } from './local.ts'
import type { ObjectStore } from './port.ts'
import { S3Store } from './s3.ts'

export interface StoreSettings {
  /** `file:///folder`, or `s3://bucket/prefix?endpoint=https://…&region=…`. */
  readonly url: string
  readonly keyId: string | null
  readonly secret: string | null
}

/** Eight mebibytes a part: ten thousand of them are 78 GiB. */
const partKibDefault = 8_192

/** The store that the settings name. Throws Error for an address that is none. */
export function openStore({ url, keyId, secret }: StoreSettings): ObjectStore {
  const address = new URL(url)
  if (address.protocol === 'file:') return new LocalStore(fileURLToPath(address))
  if (address.protocol !== 's3:') throw new Error('a store is file:// or s3://')
  if (keyId === null || secret === null) throw new Error('a store of S3 needs a key and its secret')
  const region = address.searchParams.get('region') ?? 'us-east-1'
  const folder = address.pathname.replaceAll(/^\/+|\/+$/g, '')
  return new S3Store({
    ...{ keyId, secret, region, bucket: address.hostname, prefix: folder === '' ? '' : `${folder}/` },
    endpoint: (address.searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, ''),
    partBytes: Number(address.searchParams.get('part_kib') ?? partKibDefault) * 1_024,
  })
}

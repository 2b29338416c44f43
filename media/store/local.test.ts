import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalStore } from './local.ts'
import { storeContract } from './store.contract.ts'

storeContract('in a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vr-local-store-'))
  return { store: new LocalStore(folder), takesBack: true, close: () => rm(folder, { recursive: true, force: true }) }
})

/* The door of `media`. */
export { Finalising, type Checksum, type FinalisingDeps } from './finalising.ts'
export { DamagedAudio } from './ogg/reader.ts'
export { openStore, type StoreSettings } from './store/open-store.ts'
export type { ObjectStore, UploadProgress } from './store/port.ts'

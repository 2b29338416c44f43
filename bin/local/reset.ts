import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { postgresDataName, type Places } from './places.ts'

/**
 * Removes the data of the services that starts of this checkout raised: rooms, sanctions, journals, workflows. Services that
 * a setting names are not touched, and neither are the secrets, the logs and what was built or copied once. Only to be called
 * by who holds the start's lock. Returns the folders that were removed.
 */
export function resetData({ dataFolder, openPlace, redisFolder, temporalFolder }: Places): readonly string[] {
  const folders = [
    join(dataFolder, postgresDataName),
    join(openPlace, postgresDataName),
    redisFolder,
    temporalFolder,
  ].filter((folder) => existsSync(folder))
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  return folders
}

import { mkdirSync } from 'node:fs'
import { Guard } from '../../bin/local/guard.ts'
import { placesOf } from '../../bin/local/places.ts'
import { raiseTestServices } from './services.ts'

interface Wanted {
  readonly checkout: string
  readonly needs: readonly ('postgres' | 'redis' | 'temporal')[]
  /** Postgres forces every commit to disk. */
  readonly isDurable?: boolean
}

/**
 * Raises what is needed, names it in the environment, does the work, and ends the process: with 1 where the work failed or says so by `false`, and never with
 * anything left running.
 */
export async function withServices({ checkout, needs, isDurable = false }: Wanted, work: () => Promise<unknown>) {
  mkdirSync(placesOf(checkout).runFolder, { recursive: true })
  const guard = new Guard(null)
  const services = await raiseTestServices({
    ...{ checkout, env: process.env, guard, needs: new Set(needs), isDurable },
    report: (of) => (sentence) => console.log(`  ${of}: ${sentence}`),
  })
  let code = 0
  try {
    for (const need of needs) Object.assign(process.env, await services.environmentOf(need))
    if ((await work()) === false) code = 1
  } catch (error) {
    console.error(error)
    code = 1
  }
  await services.stop()
  guard.close()
  process.exit(code)
}

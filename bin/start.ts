import { fileURLToPath } from 'node:url'
import { configExitCode, ConfigError, environment } from './config.ts'
import { failedExitCode } from './lifecycle.ts'
import { LocalStart } from './local/local-start.ts'
import { paintFor } from './local/paint.ts'
import { placesOf } from './local/places.ts'
import { Unavailable } from './local/service.ts'
import { screenOf } from './table.ts'

const usage = `npm start               raises everything and ends on a table; Ctrl-C stops it
npm start -- --reset    clears the data of earlier starts first`
const usageExitCode = 64

const args = process.argv.slice(2)
if (args.some((arg) => arg !== '--reset')) {
  const isHelp = args.every((arg) => ['--help', '-h', '--reset'].includes(arg))
  console.error(isHelp ? usage : `There is no ${args.find((arg) => arg !== '--reset') ?? ''}.\n${usage}`)
  process.exit(isHelp ? 0 : usageExitCode)
}

const env = environment()
const paint = paintFor(process.stdout, env['NO_COLOR'])
// A reader that went away, as `head` does, is no reason to stop.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const start = new LocalStart({
  places: placesOf(fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''), env['XDG_CACHE_HOME']),
  env,
  reset: args.includes('--reset'),
  write: (line) => process.stdout.write(`${line}\n`),
  paint,
  screen: { ...screenOf(process.stdout), styled: paint('bold', '') !== '' },
})

let asked = 0
/** Asked once, it stops in order; asked again, at once. */
function stop(reason: string): void {
  asked += 1
  if (asked > 1) {
    console.error('Stopped at once; what was still running is killed.')
    start.kill()
    process.exit(failedExitCode)
  }
  console.error(`${reason}: stopping everything in order (once more stops at once) …`)
  void start.stop().then(() => {
    console.error('Everything is stopped.')
    process.exit(0)
  })
}

process.on('SIGINT', () => stop('Ctrl-C'))
process.on('SIGTERM', () => stop('Told to stop'))
// What started us, and passes signals on, is gone: nobody else would ever stop this.
process.on('disconnect', () => stop('npm is gone'))
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => {
    console.error(error)
    void start.stop().then(() => process.exit(failedExitCode))
  })
}

try {
  await start.run()
} catch (error) {
  if (asked === 0) {
    console.error(error instanceof Unavailable || error instanceof ConfigError ? `\n${error.message}` : error)
    await start.stop()
    process.exit(error instanceof ConfigError ? configExitCode : failedExitCode)
  }
}

import { migrate } from '../persistence/index.ts'
import { configOrExit } from './config.ts'
import { createLogger } from './logger.ts'

const config = configOrExit('migrate')
const log = createLogger({ process: config.processId, role: 'migrate' }, config.log)
try {
  await migrate(config.database.url, log)
} catch (err) {
  log.error({ err }, 'migrations.failed')
  process.exitCode = 1
}

import { configOrExit } from './config.ts'
import { runProcess } from './processes/frame.ts'
import { startRelay } from './processes/relay.ts'

const config = configOrExit('relay')
await runProcess('relay', config, (frame) => startRelay(config, frame))

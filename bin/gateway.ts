import { configOrExit } from './config.ts'
import { runProcess } from './processes/frame.ts'
import { startGateway } from './processes/gateway.ts'

const config = configOrExit('gateway')
await runProcess('gateway', config, (frame) => startGateway(config, frame))

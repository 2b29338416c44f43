import { configOrExit } from './config.ts'
import { runProcess } from './processes/frame.ts'
import { startWorker } from './processes/worker.ts'

const config = configOrExit('worker')
await runProcess('worker', config, (frame) => startWorker(config, frame))

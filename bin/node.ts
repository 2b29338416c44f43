import { configOrExit } from './config.ts'
import { runProcess } from './processes/frame.ts'
import { startNode } from './processes/node.ts'

const config = configOrExit('node')
await runProcess('node', config, (frame) => startNode(config, frame))

#!/usr/bin/env node
// The door for `npx roomctl`: whatever Node the machine has, the program runs on the one this package pins.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pinned = dirname(createRequire(import.meta.url).resolve('node/package.json'))
const node = join(pinned, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const program = fileURLToPath(new URL('roomctl.ts', import.meta.url))

const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  console.error(`roomctl: ${node} cannot be started: ${error.message}. Has \`npm ci\` been run?`)
  process.exitCode = 69
})
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})

#!/usr/bin/env node
// The door of `npm start` and `npm test`. Plain JavaScript for any Node from 20 on, before anything is installed: brings the
// packages in step with package-lock.json, then runs a script on the Node that the package pins.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inStep, othersUsing, registerUse, takeInstallLock, writeStamp } from './local/packages.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const binaries = join(checkout, 'node_modules', '.bin')
const node = join(binaries, 'node')
const [script = '', ...args] = process.argv.slice(2)
const name = script.startsWith('test/') ? 'npm test' : 'npm start'
const runFolder = join(checkout, '.data', 'run')
/** Stripped and compiled sources, shared by all processes of the checkout; a change of the packages empties it. */
const compileCache = join(checkout, 'node_modules', '.cache', 'compile')

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** npm as the one that started us, else the one on PATH. */
function npmCommand() {
  const started = process.env['npm_execpath'] ?? ''
  return /npm-cli\.js$/.test(started) ? [process.execPath, [started]] : ['npm', []]
}

function runNpmCi() {
  const [command, prefix] = npmCommand()
  return new Promise((resolve) => {
    // Development packages too, whatever NODE_ENV says: the tests and the page's build run on them.
    const child = spawn(command, [...prefix, 'ci', '--include=dev', '--no-audit', '--no-fund'], {
      cwd: checkout,
      stdio: 'inherit',
    })
    child.on('error', (error) => resolve(`npm cannot be started: ${error.message}`))
    child.on('exit', (code, signal) => resolve(code === 0 ? null : `it ended with ${signal ?? `exit code ${code}`}`))
  })
}

async function install() {
  const lockFile = join(checkout, '.data', 'install.lock')
  let told = false
  let release = takeInstallLock(lockFile)
  while (release === null) {
    if (!told) console.error('Packages: another start or test run installs them right now; waiting for it.')
    told = true
    await pause(500)
    release = takeInstallLock(lockFile)
  }
  try {
    if (inStep(checkout)) return
    // npm ci removes node_modules first: nobody else may be running on it.
    const others = othersUsing(runFolder)
    if (others.length > 0) {
      const list = others.map(({ name, pid }) => `${name} (pid ${pid})`).join(' and ')
      fail(
        `The packages have to be installed anew, and ${list} of this checkout still runs on the old ones. Stop it first.`,
      )
    }
    const startedMs = Date.now()
    console.error('Packages: installing what package-lock.json names (npm ci) …')
    const problem = await runNpmCi()
    if (problem !== null) {
      fail(`npm ci did not install the packages: ${problem}. What it says above is the reason; then run ${name} again.`)
    }
    if (!existsSync(node)) {
      fail(
        'npm ci ran, but left no node_modules/.bin/node: the install script of the package "node" did not run. ' +
          'Allow install scripts (npm config get ignore-scripts) and try again.',
      )
    }
    writeStamp(checkout)
    console.error(`Packages: installed in ${Math.round((Date.now() - startedMs) / 1_000)} s.`)
  } finally {
    release()
  }
}

function run() {
  const child = spawn(node, [join(checkout, script), ...args], {
    cwd: checkout,
    // A group of its own: a Ctrl-C reaches it once, through us, and not a second time from the terminal or from npm.
    detached: true,
    // The channel tells it when we are gone, whatever the way.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      NODE_COMPILE_CACHE: compileCache,
      ...process.env,
      PATH: [binaries, process.env['PATH'] ?? ''].join(delimiter),
    },
  })
  let lastMs = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // The terminal and npm both pass on one Ctrl-C.
      if (Date.now() - lastMs < 500) return
      lastMs = Date.now()
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
    })
  }
  child.on('error', (error) => fail(`${node} cannot be started: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 20)
  fail(`This needs Node 20 or newer; the one that runs is ${process.versions.node} (${process.execPath}).`)
if (script === '') fail('Usage: node bin/bootstrap.mjs <script> [arguments]')

mkdirSync(runFolder, { recursive: true })
if (!inStep(checkout)) await install()
const registration = registerUse(runFolder, name)
process.on('exit', () => rmSync(registration, { force: true }))
run()

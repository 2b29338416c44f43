import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run as runTests } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Guard } from '../bin/local/guard.ts'
import { placesOf } from '../bin/local/places.ts'
import { Unavailable } from '../bin/local/service.ts'
import { SuiteReport, type Failure, type TestEvent } from './runner/report.ts'
import { raiseTestServices, type TestServices } from './runner/services.ts'
import { filesOf, suites, type Suite } from './runner/suites.ts'

/*
 * Runs every suite on services of its own and ends with `N passed, N failed`. Words behind `npm test --` choose: the name of
 * a suite, or a part of a file's name. The long suite runs only where it is asked for.
 */
const checkout = fileURLToPath(new URL('..', import.meta.url))
const words = process.argv.slice(2)
/** Everything together gets so long, s; the suites' own bounds are tighter. */
const wholeRunS = 25 * 60

/** A file that takes so long is named, ms. */
const slowMs = 10_000

const secondsSince = (ms: number): string => `${((performance.now() - ms) / 1_000).toFixed(1)} s`

const chosen = suites
  .map((suite) => {
    const files = filesOf(suite, checkout)
    const isWhole = words.length === 0 ? !suite.isLong : words.includes(suite.name)
    return { suite, files: isWhole ? files : files.filter((file) => words.some((word) => file.includes(word))) }
  })
  .filter(({ files }) => files.length > 0)

async function awaitNeeds({ needs }: Suite, services: TestServices): Promise<void> {
  for (const need of needs) {
    const beganMs = performance.now()
    Object.assign(process.env, await services.environmentOf(need))
    if (performance.now() - beganMs > 1_000) console.log(`waited ${secondsSince(beganMs)} for ${need}`)
  }
}

async function runSuite(suite: Suite, files: readonly string[]): Promise<SuiteReport> {
  const report = new SuiteReport()
  const stopped = new AbortController()
  const timer = setTimeout(() => stopped.abort(), suite.withinS * 1_000)
  const events = runTests({
    files: files.map((file) => join(checkout, file)),
    concurrency: suite.concurrency,
    signal: stopped.signal,
    timeout: suite.withinS * 1_000,
  })
  for await (const event of events) report.hear(event as TestEvent)
  clearTimeout(timer)
  return report
}

function tell(failures: readonly Failure[], report: SuiteReport): void {
  for (const { file, name, reason } of failures) {
    console.log(
      `\n  FAILED  ${file.replace(checkout, '')}\n          ${name}\n${reason.replaceAll(/^/gm, '          ')}`,
    )
  }
  for (const file of new Set(failures.map((failure) => failure.file))) {
    const said = report.said(file)
    if (said !== '')
      console.log(`\n  what ${file.replace(checkout, '')} printed last:\n${said.replaceAll(/^/gm, '    ')}`)
  }
}

function tellSlowest(report: SuiteReport): void {
  const told = report
    .slowerThan(slowMs)
    .map(([file, ms]) => `${basename(file, '.test.ts')} ${(ms / 1_000).toFixed(0)} s`)
  if (told.length > 0) console.log(`  slowest: ${told.join(', ')}`)
}

async function runAll(services: TestServices): Promise<{ passed: number; failed: number }> {
  const total = { passed: 0, failed: 0 }
  for (const { suite, files } of chosen) {
    try {
      await awaitNeeds(suite, services)
      const beganMs = performance.now()
      const report = await runSuite(suite, files)
      tell(report.failures, report)
      total.passed += report.passed
      total.failed += report.failed
      const counts = `${report.passed} passed, ${report.failed} failed`
      console.log(`${suite.name}: ${counts}, ${files.length} files, ${secondsSince(beganMs)}`)
      tellSlowest(report)
    } catch (error) {
      // What a suite needs cannot be had: that is a failure with a sentence, never a skip.
      total.failed += 1
      console.log(`${suite.name}: not run: ${error instanceof Unavailable ? error.message : String(error)}`)
    }
  }
  return total
}

if (chosen.length === 0) {
  console.error(`No test is called like that. Suites: ${suites.map(({ name }) => name).join(', ')}.`)
  process.exit(1)
}

const beganMs = performance.now()
mkdirSync(placesOf(checkout).runFolder, { recursive: true })
const guard = new Guard(null)
const services = await raiseTestServices({
  checkout,
  env: process.env,
  guard,
  needs: new Set(chosen.flatMap(({ suite }) => suite.needs)),
  report: (of) => (sentence) => console.log(`  ${of}: ${sentence}`),
})
async function end(code: number): Promise<never> {
  await services.stop()
  guard.close()
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(1))
process.on('disconnect', () => void end(1))
setTimeout(() => {
  console.log(`The run took longer than ${wholeRunS / 60} minutes and was stopped.`)
  void end(1)
}, wholeRunS * 1_000).unref()

const { passed, failed } = await runAll(services)
console.log(`all suites: ${secondsSince(beganMs)}`)
console.log(`${passed} passed, ${failed} failed`)
await end(failed === 0 && passed > 0 ? 0 : 1)

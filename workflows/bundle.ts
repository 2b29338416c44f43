import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker'
import workerPackage from '@temporalio/worker/package.json' with { type: 'json' }
import type { Logger } from '../protocol/ports.ts'
import { bridged } from './runtime.ts'

/** `.ts` from source, `.js` once built: the bundler wants the name of a file that is there. */
const extension = extname(fileURLToPath(import.meta.url))
const definitions = fileURLToPath(new URL('./definitions', import.meta.url))
const shared = ['workflows', 'raids/workflow'].map((name) =>
  fileURLToPath(new URL(`../protocol/${name}${extension}`, import.meta.url)),
)

export interface BundleOptions {
  readonly logger: Logger
  /** A file that `buildWorkflowBundle` wrote with exactly this version of the SDK. Nothing is bundled then. */
  readonly prebuilt?: string | undefined
  /**
   * A folder that keeps the last bundle, named by a hash of its inputs. Bundling takes 1.2-4 s in a fresh process on two
   * cores, reading one back takes 2 ms. Without it every call bundles.
   */
  readonly cacheFolder?: string | undefined
}

/** The code of all workflows, as a worker runs it in its sandbox. Held in memory: nothing needs the file afterwards. */
export async function workflowBundle({ logger, prebuilt, cacheFolder }: BundleOptions): Promise<WorkflowBundle> {
  if (prebuilt !== undefined) return { code: await readFile(prebuilt, 'utf8') }
  if (cacheFolder === undefined) return bundle(logger)
  const name = `workflows-${await inputsHash()}.js`
  const kept = await readFile(join(cacheFolder, name), 'utf8').catch(() => undefined)
  if (kept !== undefined) return { code: kept }
  const fresh = await bundle(logger)
  await keep(cacheFolder, name, fresh.code)
  return fresh
}

/** Bundles the workflows into a file, for an image. */
export async function buildWorkflowBundle(file: string, logger: Logger): Promise<void> {
  await writeFile(file, (await bundle(logger)).code)
}

const bundle = (logger: Logger): Promise<WorkflowBundle> =>
  bundleWorkflowCode({ workflowsPath: join(definitions, `index${extension}`), logger: bridged(logger) })

/** Workflow code imports the SDK, its own folder and two files of `protocol`: these are all inputs there are. */
async function inputsHash(): Promise<string> {
  const hash = createHash('sha256').update(`${workerPackage.version} ${process.version}`)
  const names = (await readdir(definitions)).filter((name) => name.endsWith(extension) && !name.includes('.test.'))
  for (const file of [...names.sort().map((name) => join(definitions, name)), ...shared]) {
    hash.update(`\0${file}\0`).update(await readFile(file))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Written aside and renamed, so that a process starting beside this one never reads half a bundle. Keeps only the newest. */
async function keep(folder: string, name: string, code: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const aside = join(folder, `${name}.${process.pid}`)
  await writeFile(aside, code)
  await rename(aside, join(folder, name))
  const old = (await readdir(folder)).filter((other) => /^workflows-[0-9a-f]{16}\.js$/.test(other) && other !== name)
  await Promise.all(old.map((other) => rm(join(folder, other), { force: true })))
}

import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createContext, runInContext } from 'node:vm'
import type { WorkflowBundle } from '@temporalio/worker'
import { raidWorkflowNames } from '../../protocol/raids/workflow.ts'
import { recordingWorkflowNames } from '../../protocol/recordings/workflow.ts'
import { workflowNames } from '../../protocol/workflows.ts'
import { buildWorkflowBundle, workflowBundle } from '../../workflows/index.ts'
import { silentLogger } from '../support/silent-logger.ts'

/** What the bundle offers as workflows, asked the way the SDK asks. */
function workflowsOf({ code }: WorkflowBundle): string[] {
  const context = createContext({
    ...{ __webpack_module_cache__: {}, AsyncLocalStorage, assert },
    ...{ TextEncoder, TextDecoder, URL, URLSearchParams },
  })
  runInContext(code, context)
  return Array.from(runInContext('Object.keys(__TEMPORAL__.importWorkflows())', context) as string[])
}

describe('the workflow bundle', () => {
  let folder: string
  let bundle: WorkflowBundle

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vr-bundle-'))
    bundle = await workflowBundle({ logger: silentLogger, cacheFolder: folder })
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('offers exactly the workflows that have a name', () => {
    assert.deepEqual(
      workflowsOf(bundle).sort(),
      [
        ...Object.values(workflowNames),
        ...Object.values(raidWorkflowNames),
        ...Object.values(recordingWorkflowNames),
      ].sort(),
    )
  })

  test('stays small, since every worker keeps it in memory', () => {
    assert.ok(bundle.code.length < 2 * 1024 * 1024, `${bundle.code.length} characters`)
  })

  test('is read back from its folder instead of being made again', async () => {
    const [name = '', ...others] = await readdir(folder)
    assert.match(name, /^workflows-[0-9a-f]{16}\.js$/)
    assert.deepEqual(others, [])
    await writeFile(join(folder, name), '// as kept')
    const again = await workflowBundle({ logger: silentLogger, cacheFolder: folder })
    assert.equal(again.code, '// as kept')
  })

  test('is made anew for other inputs, and the one before is taken away', async () => {
    await writeFile(join(folder, 'workflows-0123456789abcdef.js'), '// of older code')
    const [kept = ''] = (await readdir(folder)).filter((name) => name !== 'workflows-0123456789abcdef.js')
    await rm(join(folder, kept))
    const fresh = await workflowBundle({ logger: silentLogger, cacheFolder: folder })
    assert.deepEqual(workflowsOf(fresh), workflowsOf(bundle))
    assert.deepEqual(await readdir(folder), [kept])
  })

  test('can be built into a file for an image, and run from there', async () => {
    const prebuilt = join(folder, 'prebuilt.js')
    await buildWorkflowBundle(prebuilt, silentLogger)
    const read = await workflowBundle({ logger: silentLogger, prebuilt })
    assert.equal(read.code, await readFile(prebuilt, 'utf8'))
    assert.deepEqual(workflowsOf(read), workflowsOf(bundle))
  })
})

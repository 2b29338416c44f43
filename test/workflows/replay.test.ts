import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, Worker, type WorkflowBundle } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { recordingWorkflowNames } from '../../protocol/recordings/workflow.ts'
import { raidWorkflowNames } from '../../protocol/raids/workflow.ts'
import { workflowNames } from '../../protocol/workflows.ts'
import { bridged } from '../../workflows/runtime.ts'
import { installRuntime, workflowBundle } from '../../workflows/index.ts'
import { silentLogger } from '../support/silent-logger.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const histories = fileURLToPath(new URL('./histories', import.meta.url))

interface RecordedEvent {
  readonly eventType: string
  readonly workflowExecutionStartedEventAttributes?: { readonly workflowType: { readonly name: string } }
  readonly workflowTaskCompletedEventAttributes?: { readonly sdkMetadata?: { readonly coreUsedFlags?: number[] } }
}

interface Recorded {
  readonly name: string
  readonly history: { readonly events: readonly RecordedEvent[] }
}

/** The SDK's name for it: `IdAndTypeDeterminismChecks`. */
const comparesIdsAndNames = 1

/** Replays all of them; the error of each, by its name. */
async function replay(bundle: WorkflowBundle, recorded: readonly Recorded[]): Promise<Map<string, Error | undefined>> {
  const results = Worker.runReplayHistories(
    { workflowBundle: bundle },
    recorded.map(({ name, history }) => ({ workflowId: name, history })),
  )
  const errors = new Map<string, Error | undefined>()
  for await (const { workflowId, error } of results) errors.set(workflowId, error)
  return errors
}

interface Change {
  /** The workflow, as its file is called. */
  readonly of: string
  readonly before: string
  readonly instead: string
}

/** The workflows of today, with one text replaced: a change that running workflows would meet after a deploy. */
async function bundleWith(folder: string, { of, before, instead }: Change): Promise<WorkflowBundle> {
  const copy = join(folder, 'workflows/definitions')
  await mkdir(join(folder, 'protocol'), { recursive: true })
  await cp(join(root, 'workflows/definitions'), copy, { recursive: true })
  for (const file of ['protocol/workflows.ts', 'protocol/raids/workflow.ts', 'protocol/recordings/workflow.ts']) {
    await cp(join(root, file), join(folder, file))
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules')).catch(() => undefined)
  const file = join(copy, `${of}.ts`)
  const code = await readFile(file, 'utf8')
  assert.ok(code.includes(before), `the workflow has no «${before}» to change`)
  await writeFile(file, code.replaceAll(before, instead))
  return bundleWorkflowCode({ workflowsPath: join(copy, 'index.ts'), logger: bridged(silentLogger) })
}

describe('workflows that run already', { timeout: 60_000 }, () => {
  let recorded: Recorded[]
  let folder: string

  before(async () => {
    installRuntime(silentLogger)
    folder = await mkdtemp(join(tmpdir(), 'vr-replay-'))
    const files = (await readdir(histories)).filter((file) => file.endsWith('.json'))
    recorded = await Promise.all(
      files.map(async (file) => ({
        name: file.slice(0, -'.json'.length),
        history: JSON.parse(await readFile(join(histories, file), 'utf8')) as Recorded['history'],
      })),
    )
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('have at least three recorded histories each, every one of them worth replaying', () => {
    for (const name of [
      ...Object.values(workflowNames),
      ...Object.values(raidWorkflowNames),
      ...Object.values(recordingWorkflowNames),
    ]) {
      const own = recorded.filter(
        ({ history }) => history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name === name,
      )
      assert.ok(own.length >= 3, `${own.length} histories of ${name}`)
    }
    for (const { name, history } of recorded) {
      // Without this flag of the SDK ids and names are not compared, and without a completed task nothing is: such a history proves nothing.
      const tasks = history.events.map((event) => event.workflowTaskCompletedEventAttributes).filter(Boolean)
      assert.ok(
        tasks.some((task) => task?.sdkMetadata?.coreUsedFlags?.includes(comparesIdsAndNames)),
        `${name} does not carry it`,
      )
    }
  })

  test('go on with the code of today', async () => {
    const errors = await replay(await workflowBundle({ logger: silentLogger }), recorded)
    assert.equal(errors.size, recorded.length)
    for (const [name, error] of errors) assert.equal(error, undefined, `${name}: ${error?.message ?? ''}`)
  })

  const changes: readonly (readonly [what: string, change: Change, story: string])[] = [
    ['a renamed activity', { of: 'timed-sanction', before: 'expireSanction', instead: 'endSanction' }, 'lifted'],
    [
      'a step put in front of another',
      {
        of: 'timed-sanction',
        before: 'await deadline(',
        instead: 'await expire(input.ref, () => standing); await deadline(',
      },
      'lifted',
    ],
    ['a renamed activity', { of: 'room-expiry', before: 'closeRoom', instead: 'endRoom' }, 'closed'],
    [
      'a warning that is left out',
      { of: 'room-expiry', before: 'if (warnMs !== null)', instead: 'if (warnMs === -1)' },
      'warned-then-extended',
    ],
    ['a renamed activity', { of: 'raid-occurrence', before: 'acts.endRaid', instead: 'acts.missRaid' }, 'held'],
    [
      'a row that is read once more',
      {
        of: 'raid-occurrence',
        before: 'plan = await',
        instead: 'await acts.readOccurrence({ ref }); plan = await',
      },
      'held',
    ],
    ['a renamed activity', { of: 'invite-expiry', before: 'expireInvite', instead: 'endInvite' }, 'expired'],
    [
      'a pause put in front of a step',
      { of: 'invite-expiry', before: 'for (;;) {', instead: 'for (;;) { await sleep(1)' },
      'expired',
    ],
    [
      'a step that is done twice',
      { of: 'export-person', before: 'if (done) return', instead: 'if (done && (await exportNext(input))) return' },
      'one-piece',
    ],
    [
      'a step that is done twice',
      { of: 'erase-person', before: 'if (done) return', instead: 'if (done && (await eraseNext(input))) return' },
      'one-piece',
    ],
    [
      'a step that is done twice',
      { of: 'retention', before: 'if (done) at += 1', instead: 'if (done && (await retainNext({ step }))) at += 1' },
      'one-piece-each',
    ],
    [
      'two steps that changed places',
      {
        of: 'finalise-recording',
        before: 'media.quick.sealRecording({ recordingId })',
        instead: 'media.mix.mixRecording({ recordingId })',
      },
      'published',
    ],
    [
      'two steps that changed places',
      { of: 'reconcile', before: 'if (step < clockKinds.length)', instead: 'if (step >= clockKinds.length)' },
      'one-page',
    ],
  ]
  for (const [what, change, story] of changes) {
    test(`would break by ${what} of ${change.of}, and replay says so`, async () => {
      const copy = join(folder, `${change.of} ${what}`)
      const errors = await replay(await bundleWith(copy, change), recorded)
      const broken = errors.get(`${change.of}.${story}`)
      assert.ok(broken instanceof DeterminismViolationError, String(broken))
    })
  }
})

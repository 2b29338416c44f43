import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/*
 * `npm run build`: the processes as JavaScript in `dist/`, for images, with the files beside the code that the code reads.
 * `node dist/bin/gateway.js` is then what `node bin/gateway.ts` is here.
 */
const checkout = fileURLToPath(new URL('..', import.meta.url))
const dist = join(checkout, 'dist')
/** Read at run time, by a path beside the code. */
const assets = ['persistence/migrations', 'cluster/membership/lua', 'gateway/http/public']
const isTest = (path: string): boolean => path.endsWith('.test.ts')

rmSync(dist, { recursive: true, force: true })
const { status } = spawnSync(join(checkout, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: checkout,
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)
// Bundling takes seconds and wants the sources; an image has the code of its workflows ready.
const bundled = spawnSync(
  process.execPath,
  [
    '--input-type=module',
    '--eval',
    `await (await import('./workflows/index.js')).buildWorkflowBundle('workflows.bundle.js', console)`,
  ],
  { cwd: dist, stdio: ['ignore', 'ignore', 'inherit'] },
)
if (bundled.status !== 0) process.exit(bundled.status ?? 1)
for (const folder of assets) {
  cpSync(join(checkout, folder), join(dist, folder), { recursive: true, filter: (path) => !isTest(path) })
}

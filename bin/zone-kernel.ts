import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/*
 * `npm run kernel`: compiles actors/zone/kernel/assembly and writes it down as actors/zone/kernel/code.ts, which is committed: a node
 * needs no compiler. Without `--write` it only says whether that file is what the sources come to.
 */
const checkout = fileURLToPath(new URL('..', import.meta.url))
const folder = join(checkout, 'actors', 'zone', 'kernel')
export const codePath = join(folder, 'code.ts')

/** Vectors are handed from function to function here, never to JavaScript: what warning 112 is about. */
const options = ['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--enable', 'simd', '--converge']
const quiet = ['--disableWarning', '112']

/** The text of a file of the kernel. */
export const sourceOf = (name: string): string => readFileSync(join(folder, 'assembly', name), 'utf8')

/** The kernel as WebAssembly. Throws with what the compiler says. */
function compiledKernel(): Buffer {
  const made = mkdtempSync(join(tmpdir(), 'zone-kernel-'))
  try {
    const outFile = join(made, 'kernel.wasm')
    const compiler = join(checkout, 'node_modules', '.bin', 'asc')
    const args = [compiler, 'index.ts', '--outFile', outFile, ...options, ...quiet]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: join(folder, 'assembly'),
      encoding: 'utf8',
    })
    if (status !== 0 || stderr !== '') throw new Error(`the kernel does not compile: ${stdout}${stderr}`)
    return readFileSync(outFile)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

/** The text of `code.ts` as it has to be. */
export function kernelSource(): string {
  const lines = compiledKernel()
    .toString('base64')
    .match(/.{1,120}/g)
  return [
    '// Made from assembly/ by `npm run kernel`; a test holds the two together.',
    '',
    '/** The kernel of a zone: WebAssembly with 128-bit vectors, in base64. */',
    'export const kernelCode = `',
    ...(lines ?? []),
    '`',
    '',
  ].join('\n')
}

if (import.meta.main) {
  const source = kernelSource()
  if (process.argv.includes('--write')) writeFileSync(codePath, source)
  else if (readFileSync(codePath, 'utf8') !== source) {
    console.error('actors/zone/kernel/code.ts is stale: npm run kernel')
    process.exitCode = 1
  }
}

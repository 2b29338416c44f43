import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

interface LockEntry {
  readonly version?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

const read = (name: string): any => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))
const manifest = read('package.json') as {
  readonly dependencies: Record<string, string>
  readonly allowScripts: Record<string, boolean>
}
const packages = Object.entries((read('package-lock.json') as { packages: Record<string, LockEntry> }).packages)

const versionOf = (name: string): readonly number[] => {
  const found = packages.find(([path]) => path === `node_modules/${name}`)?.[1].version ?? ''
  return found.split('.').map(Number)
}
const isAtLeast = (version: readonly number[], least: readonly number[]): boolean => {
  const differing = least.findIndex((part, index) => part !== version[index])
  return differing === -1 || (version[differing] ?? 0) > (least[differing] ?? 0)
}

test('every package of the lock is pinned by its content', () => {
  const loose = packages.filter(
    ([path, { integrity, link }]) => path !== '' && link !== true && integrity === undefined,
  )
  assert.deepEqual(
    loose.map(([path]) => path),
    [],
  )
})

test('no package runs a script at its installation but those that are named', () => {
  const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const withScripts = packages
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => nameOf(path))
  assert.ok(withScripts.length > 0)
  for (const name of withScripts) assert.ok(name in manifest.allowScripts, `${name} is neither allowed nor refused`)
})

test('what production runs on is named by its exact version', () => {
  const loose = Object.entries(manifest.dependencies).filter(
    ([, version]) => !/^(npm:[\w-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  )
  // protobufjs is Temporal's: ours only keeps it from being older than a hole it had.
  assert.deepEqual(
    loose.map(([name]) => name),
    ['protobufjs'],
  )
})

test('jsonwebtoken is past its known holes', () => {
  assert.ok(isAtLeast(versionOf('jsonwebtoken'), [9, 0, 3]))
  assert.ok(isAtLeast(versionOf('jws'), [4, 0, 1]))
})

test('koa is past its known holes', () => assert.ok(isAtLeast(versionOf('koa'), [3, 1, 2])))

test('the runtime is past the holes of its HTTP client', () => {
  const undici = (process.versions['undici'] ?? '').split('.').map(Number)
  assert.ok(isAtLeast(undici, [6, 24, 1]), undici.join('.'))
})

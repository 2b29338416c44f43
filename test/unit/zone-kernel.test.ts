import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { layOut } from '../../actors/zone/kernel/layout.ts'
import { codePath, kernelSource, sourceOf } from '../../bin/zone-kernel.ts'

test('the kernel of a zone that is committed is what its sources come to', () => {
  assert.equal(readFileSync(codePath, 'utf8'), kernelSource(), 'npm run kernel')
})

test('the kernel has the columns that the engine has, in the same order', () => {
  const ofKernel = [...sourceOf('columns.ts').matchAll(/^export let (\w+): usize/gm)].map(([, name]) => name)
  const { columns } = layOut({ capacity: 1, cells: 1, places: 1, fineCells: 1, rowLength: 1, mediaSlots: 1 })
  assert.deepEqual(ofKernel, columns)
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { csvField } from './audit.ts'

describe('a field of a CSV file', () => {
  const fields: readonly (readonly [unknown, string])[] = [
    ['plain', 'plain'],
    ['', ''],
    [null, ''],
    [17, '17'],
    [-17, '-17'],
    [true, 'true'],
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    ["it's", `"it's"`],
    ['=1+1', `"'=1+1"`],
    ['+1', `"'+1"`],
    ['-1', `"'-1"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['\t=1', `"'\t=1"`],
    [' =cmd|x', `"' =cmd|x"`],
    ['\r=1', `"'\r=1"`],
    [{ kind: 'mute', by: '=x' }, '"{""kind"":""mute"",""by"":""=x""}"'],
  ]
  for (const [value, expected] of fields) {
    test(`${JSON.stringify(value)} is written so that no program takes it for something else`, () => {
      assert.equal(csvField(value), expected)
    })
  }
})

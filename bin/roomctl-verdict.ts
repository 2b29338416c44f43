import type { AuditFault, AuditFinding, AuditVerdict } from '../persistence/index.ts'
import { renderTable, type Column, type Screen } from './table.ts'

/** `roomctl audit verify --json`. */
export const verdictJson = ({ findings, hasMore, ...counts }: AuditVerdict) => ({
  ...counts,
  findings: findings.map(({ vouchedUpTo, ...finding }) => ({ ...finding, vouched_up_to: vouchedUpTo })),
  has_more: hasMore,
})

const whatWasDone: Readonly<Record<AuditFault, string>> = {
  edited: 'the row was changed',
  deleted: 'the row was deleted',
  swapped: 'another row was put in its place',
  forked: 'another history was put in the place of this one',
  truncated: 'the end was cut off',
}

/** Where a checkpoint alone tells, it is one of several. */
const rowOf = ({ seq, vouchedUpTo }: AuditFinding): string =>
  vouchedUpTo + 1 === seq ? String(seq) : `${vouchedUpTo + 1}–${seq}`

const columns: readonly Column<AuditFinding>[] = [
  { heading: 'chain', value: ({ chain }) => chain },
  { heading: 'first bad row', value: rowOf, align: 'right' },
  { heading: 'what is wrong', value: ({ fault }) => whatWasDone[fault] },
]

/** `roomctl audit verify` for people. */
export function verdictText(
  { chains, rows, erased, checkpoints, findings, hasMore }: AuditVerdict,
  screen: Screen,
): string {
  const head = `${chains} chains, ${rows} rows (${erased} erased), ${checkpoints} checkpoints`
  if (findings.length === 0) return `${head}: everything is as it was written.`
  const more = hasMore ? '\n\nMore chains are bad than are told here.' : ''
  return `${renderTable(findings, columns, screen)}${more}\n\n${head}`
}

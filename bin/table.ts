/** One column of a table. `Row` is the caller's own type. */
export interface Column<Row> {
  readonly heading: string
  /** What stands in the cell. Line breaks and control characters are shown as spaces. */
  value(row: Row): string | number
  /** Numbers read better to the right. Default left. */
  readonly align?: 'left' | 'right'
  /** May be cut with `…` when the table is wider than the terminal. The widest such column gives way first. */
  readonly cut?: boolean
}

/** Where the table is shown. */
export interface Screen {
  /** Columns of the terminal; Infinity where nothing is cut, as in a file or a pipe. */
  readonly width: number
  /** Whether headings may carry escape codes. */
  readonly styled: boolean
}

/** A pipe or a file: whole values and no escape codes, so that `grep` and `awk` see the plain text. */
export const plainScreen: Screen = { width: Infinity, styled: false }

/** A terminal, or `plainScreen` when the stream is none. */
export const screenOf = (stream: { readonly isTTY?: boolean; readonly columns?: number }): Screen =>
  stream.isTTY === true ? { width: stream.columns ?? 80, styled: true } : plainScreen

const gap = '  '
const narrowest = 8

// Cells carry names that players chose: without this a name could move the cursor of the person reading.
// eslint-disable-next-line no-control-regex
const printable = (value: string | number): string => String(value).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')

/** Columns that a text takes on the screen: wide characters (CJK, emoji) take two, combining marks none. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) {
    if (/\p{Mark}|\u200d/u.test(character)) continue
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1
  }
  return width
}

function fit(text: string, width: number, align: 'left' | 'right'): string {
  let shown = text
  if (widthOf(shown) > width) {
    const characters = Array.from(shown)
    while (widthOf(characters.join('')) > width - 1) characters.pop()
    shown = `${characters.join('')}…`
  }
  const padding = ' '.repeat(width - widthOf(shown))
  return align === 'right' ? padding + shown : shown + padding
}

/** Takes space from the widest column that may be cut until the line fits, or none can give more. */
function narrowed(widths: readonly number[], mayCut: readonly boolean[], screenWidth: number): readonly number[] {
  const result = [...widths]
  const total = () => result.reduce((sum, width) => sum + width, gap.length * (result.length - 1))
  while (total() > screenWidth) {
    let widest = -1
    for (const [index, width] of result.entries()) {
      if (mayCut[index] === true && width > narrowest && width > (result[widest] ?? 0)) widest = index
    }
    if (widest < 0) break
    result[widest] = (result[widest] ?? narrowest) - 1
  }
  return result
}

const bold = (text: string, screen: Screen) => (screen.styled ? `\u001b[1m${text}\u001b[22m` : text)

/** A heading line and one line per row, without a line break at the end. No rows: the heading line alone. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  screen: Screen = plainScreen,
): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))))
  const natural = columns.map(({ heading }, index) =>
    Math.max(widthOf(heading), ...cells.map((line) => widthOf(line[index] ?? ''))),
  )
  const mayCut = columns.map(({ cut }) => cut === true)
  const widths = narrowed(natural, mayCut, screen.width)
  const line = (texts: readonly string[]) =>
    columns
      .map(({ align }, index) => fit(texts[index] ?? '', widths[index] ?? 0, align ?? 'left'))
      .join(gap)
      .trimEnd()
  const heading = line(columns.map((column) => column.heading))
  return [bold(heading, screen), ...cells.map(line)].join('\n')
}

/** Names on the left, values on the right. Values are never cut: they are what people copy. */
export function keyValueTable(
  pairs: readonly (readonly [name: string, value: string | number])[],
  screen: Screen = plainScreen,
): string {
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)))
  return pairs
    .map(([name, value]) => `${bold(fit(name, width, 'left'), screen)}${gap}${printable(value)}`.trimEnd())
    .join('\n')
}

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'dim' | 'bold'

/** Puts escape codes around a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string

const codes: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
}

export const plain: Paint = (_colour, text) => text

export const coloured: Paint = (colour, text) => `\u001b[${codes[colour][0]}m${text}\u001b[${codes[colour][1]}m`

/** Colours on a terminal; none in a pipe or a file, nor where NO_COLOR says so (https://no-color.org). */
export const paintFor = (stream: { readonly isTTY?: boolean }, noColour: string | undefined): Paint =>
  stream.isTTY === true && (noColour ?? '') === '' ? coloured : plain

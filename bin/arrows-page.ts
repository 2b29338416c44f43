import type { IModule } from 'dependency-cruiser'

/** The data of `.dependency-cruiser.cjs` that the page shows. */
export interface ArrowTables {
  /** Which folders a folder may import from. */
  readonly mayImport: Readonly<Record<string, readonly string[]>>
  /** Patterns of the files through which a folder is imported. */
  readonly doors: Readonly<Record<string, readonly string[]>>
  /** Which paths may import a package. */
  readonly owners: Readonly<Record<string, readonly string[]>>
}

const plain = (pattern: string): string =>
  `\`${pattern.replaceAll('.*/', '…/').replaceAll('[^/]+', '*').replaceAll(/[\\$]/g, '')}\``

/** Imports between top folders as they are, tests left out: they may import anything. */
function folderArrows(modules: readonly IModule[], folders: readonly string[]): string[] {
  const arrows = new Set<string>()
  const isShown = (folder: string) => folders.includes(folder) && folder !== 'test'
  for (const { source, dependencies } of modules) {
    if (/\.(test|kit)\.ts$/.test(source)) continue
    const [from = ''] = source.split('/')
    for (const { resolved } of dependencies) {
      const [to = ''] = resolved.split('/')
      if (from !== to && isShown(from) && isShown(to)) arrows.add(`  ${from} --> ${to}`)
    }
  }
  return [...arrows].sort()
}

const tableOf = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** The page `docs/architecture/arrows.md`, by folders only, so that it changes when an arrow does and not before. */
export function drawArrows(modules: readonly IModule[], { mayImport, doors, owners }: ArrowTables): string {
  const folders = Object.keys(mayImport)
  const list = (names: readonly string[]) => (names.length === 0 ? '–' : names.map(plain).join(', '))
  return `# Arrows between the folders

<!-- Made by \`node bin/arrows.ts --write\` from .dependency-cruiser.cjs and the imports there are. -->

An arrow reads "imports". The picture shows the imports that exist; \`npm run arrows\` fails on one that the tables below do
not allow, on a cycle between files, and when it saw fewer files than there are.

\`\`\`mermaid
flowchart TD
${folderArrows(modules, folders).join('\n')}
\`\`\`

## Who may import whom

Files of another folder are imported through its door. From \`persistence\` upwards only types are: drivers are made in
\`bin\`. \`test\` may import anything, and nothing imports \`test\`, except that a test beside the code may use
\`test/support\`.

${tableOf(
  ['folder', 'may import', 'its door'],
  folders
    .filter((folder) => folder !== 'test')
    .map((folder) => [
      `\`${folder}\``,
      list(mayImport[folder] ?? []),
      doors[folder] ? list(doors[folder]) : 'any file',
    ]),
)}

## Who owns which package

${tableOf(
  ['package', 'imported only in'],
  Object.entries(owners).map(([name, paths]) => [`\`${name}\``, list(paths)]),
)}

Code in \`workflows/definitions\` is replayed, so it imports \`@temporalio/workflow\`, itself, \`protocol/workflows.ts\`, and
types. \`protocol\`, \`actors\`, and the placement, routing and actor runtime of \`cluster\` import nothing of Node: time,
randomness and sockets come in through ports.
`
}

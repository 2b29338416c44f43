import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** What the doc comments of a file say. */
export interface DocComments {
  /** Of the constant of that name. */
  of(constant: string): string
  /** Of a field in the object literal that the constant is made of. */
  ofField(constant: string, field: string): string
}

/** Reads the doc comments of a file of schemas. They stand in the code, where engineers look; pages for others repeat them. */
export function docCommentsOf(file: string): DocComments {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const said = new Map<string, string>()
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue
    for (const declaration of statement.declarationList.declarations) {
      const constant = declaration.name.getText()
      said.set(constant, commentOf(statement))
      if (declaration.initializer) readFields(declaration.initializer, constant, said)
    }
  }
  return {
    of: (constant) => said.get(constant) ?? '',
    ofField: (constant, field) => said.get(`${constant}.${field}`) ?? '',
  }
}

/** Fields at any depth, dotted: `JoinFrame.since.epoch`. */
function readFields(node: ts.Node, path: string, said: Map<string, string>): void {
  if (!ts.isPropertyAssignment(node)) {
    ts.forEachChild(node, (child) => readFields(child, path, said))
    return
  }
  const own = `${path}.${node.name.getText()}`
  said.set(own, commentOf(node))
  readFields(node.initializer, own, said)
}

/** The text of the last `/** … *\/` in front of a node, in one line. */
function commentOf(node: ts.Node): string {
  const text = node.getSourceFile().text
  const [last] = (ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []).slice(-1)
  const comment = last ? text.slice(last.pos, last.end) : ''
  if (!comment.startsWith('/**')) return ''
  return comment
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join(' ')
    .trim()
}

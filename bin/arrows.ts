import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'
import { format, resolveConfig } from 'prettier'
import { drawArrows, type ArrowTables } from './arrows-page.ts'

interface RulesFile {
  readonly forbidden: readonly (IForbiddenRuleType & { name: string; comment: string })[]
  readonly options: ICruiseOptions
  readonly tables: ArrowTables
}

/** An import that a rule forbids. */
export interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: string
  readonly reason: string
}

export interface ArrowsReport {
  /** How many source files were looked at. */
  readonly modules: number
  readonly violations: readonly Violation[]
  /** Source files on disk that dependency-cruiser did not see: a check that sees nothing is green about everything. */
  readonly missed: readonly string[]
  /** The text of docs/architecture/arrows.md as it has to be. */
  readonly page: string
}

const repository = fileURLToPath(new URL('..', import.meta.url))
const pagePath = 'docs/architecture/arrows.md'

const loadRules = (): RulesFile => createRequire(import.meta.url)('../.dependency-cruiser.cjs') as RulesFile

/** Every file with code below the folders, by path relative to the root. */
function sourceFiles(root: string, folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(ts|mts|cts|js|mjs|cjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.includes('node_modules/'))
    .sort()
}

const formatted = async (markdown: string): Promise<string> =>
  format(markdown, { ...(await resolveConfig(join(repository, pagePath))), parser: 'markdown' })

/**
 * Holds every import below `root` against the rules of `.dependency-cruiser.cjs`. `overrides` are options of
 * dependency-cruiser.
 */
export async function checkArrows(root = repository, overrides: ICruiseOptions = {}): Promise<ArrowsReport> {
  const { forbidden, options, tables } = loadRules()
  const present = new Set(readdirSync(root))
  const folders = Object.keys(tables.mayImport).filter((folder) => present.has(folder))
  const { output } = await cruise(
    folders,
    {
      ...options,
      baseDir: resolve(root),
      validate: true,
      ruleSet: { forbidden: [...forbidden] },
      outputType: 'json',
      ...overrides,
    },
    options.enhancedResolveOptions ?? {},
  )
  const result = (typeof output === 'string' ? JSON.parse(output) : output) as ICruiseResult
  const reasons = new Map(forbidden.map(({ name, comment }) => [name, comment]))
  const files = sourceFiles(root, folders)
  const seen = new Set(result.modules.map(({ source }) => source))
  return {
    modules: files.length,
    violations: result.summary.violations.map(({ from, to, rule, cycle }) => ({
      from,
      to: cycle && cycle.length > 0 ? cycle.map(({ name }) => name).join(' -> ') : to,
      rule: rule.name,
      reason: reasons.get(rule.name) ?? '',
    })),
    missed: files.filter((file) => !seen.has(file)),
    page: await formatted(drawArrows(result.modules, tables)),
  }
}

async function main(write: boolean): Promise<number> {
  const { modules, violations, missed, page } = await checkArrows()
  for (const { from, to, rule, reason } of violations) console.error(`${from} -> ${to}: ${rule}, ${reason}`)
  for (const file of missed) console.error(`${file}: not seen by dependency-cruiser`)
  const path = join(repository, pagePath)
  if (write) writeFileSync(path, page)
  const isStale = readFileSync(path, 'utf8') !== page
  if (isStale) console.error(`${pagePath} is out of date: node bin/arrows.ts --write`)
  const problems = violations.length + missed.length + (isStale ? 1 : 0)
  if (problems === 0) console.log(`arrows: ${modules} files, no forbidden import`)
  return problems === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main(process.argv.includes('--write'))

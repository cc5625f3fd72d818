import { Buffer } from 'node:buffer'
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { describeError, Problem, type ProblemCode } from '../../shared/errors.ts'
import { type Finding, type Path, problemOf } from './finding.ts'
import { findJsonFaults, type JsonLimits } from './json-fault.ts'

/** Counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface YamlSource {
  /** Name shown in messages. */
  readonly fileName: string
  /** Plain JSON data, within the limits; an empty file is an empty mapping. */
  readonly value: unknown
  /** Where a path was written; for a path that does not exist, where its nearest existing parent was. Null for the root. */
  readonly locate: (path: Path) => Position | null
}

/** How much is read, and what a fault of the text is called. */
export interface YamlRules {
  readonly code: ProblemCode
  /** Of the text. */
  readonly bytes: number
  readonly values: number
  /** What to do with one that is too long. */
  readonly whenTooLong: string
}

const catalogRules: YamlRules = {
  code: 'invalid_catalog',
  bytes: 1024 * 1024,
  values: 100_000,
  whenTooLong: 'Split what is not configuration into other files.',
}
/** Aliases may save repeating a block, not build a bomb. */
const maximumAliases = 100
const shownErrors = 20
const depth = 32

/**
 * YAML 1.2 text to plain data with positions.
 * Refuses duplicate keys (bad input 15), custom tags, several documents, alias bombs, texts that are too long (a catalog: over 1 MB), and
 * everything findJsonFaults names.
 * @throws Problem with the code of the rules (`invalid_catalog`) that lists every fault as `file:line:column`.
 */
export function readYaml(text: string, fileName: string, rules: YamlRules = catalogRules): YamlSource {
  const bytes = Buffer.byteLength(text)
  if (bytes > rules.bytes) {
    const fix = rules.whenTooLong
    const message = `${fileName} is ${bytes} bytes long; at most ${rules.bytes} are read. ${fix}`
    throw new Problem(rules.code, message, { value: bytes, fix })
  }
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'error',
  })
  refuseSyntaxErrors(document, { fileName, rules }, (offset) => positionAt(lines, offset))
  const value = plainValue(document, { fileName, rules })
  const locate = (path: Path): Position | null => positionAt(lines, offsetOf(document, path))
  const limits: JsonLimits = { depth, values: rules.values, bytes: 4 * rules.bytes }
  const faults = findJsonFaults(value, limits)
  if (faults.length > 0) throw yamlProblem(faults, { fileName, locate }, rules.code)
  return { fileName, value, locate }
}

/** The findings as one Problem, each with the place where it was written. */
export function yamlProblem(
  findings: readonly Finding[],
  source: Pick<YamlSource, 'fileName' | 'locate'>,
  code: ProblemCode = catalogRules.code,
): Problem {
  return problemOf(code, findings, (finding) => placeOf(source.fileName, source.locate(finding.path)))
}

function placeOf(fileName: string, position: Position | null): string {
  return position === null ? `${fileName}: ` : `${fileName}:${position.line}:${position.column}: `
}

interface Reading {
  readonly fileName: string
  readonly rules: YamlRules
}

function refuseSyntaxErrors(
  document: Document,
  { fileName, rules }: Reading,
  position: (offset: number) => Position | null,
): void {
  // A warning is an unknown tag: its value would silently be something else than what was meant.
  const errors = [...document.errors, ...document.warnings]
  if (errors.length === 0) return
  // Too deep a text gives one error per level on the way out of it.
  const exhausted = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION')
  const lines = (exhausted === undefined ? errors.slice(0, shownErrors) : [exhausted]).map((error) => {
    const { message, fix } = syntaxFinding(error.code, error.message)
    return `${placeOf(fileName, position(error.pos[0]))}${message}. ${fix}`
  })
  throw new Problem(rules.code, lines.join('\n'), { fix: 'Correct the YAML at the places named.' })
}

function syntaxFinding(code: string, message: string): { message: string; fix: string } {
  if (code === 'DUPLICATE_KEY') return { message: 'This key is there twice', fix: 'Keep one of the two.' }
  if (code === 'RESOURCE_EXHAUSTION') return { message: 'This is nested too deeply', fix: 'Make it flatter.' }
  if (code === 'MULTIPLE_DOCS') return { message: 'A second document starts here', fix: 'Remove the line "---".' }
  if (code === 'TAB_AS_INDENT') return { message: 'A tab is used to indent', fix: 'Indent with spaces.' }
  if (code === 'TAG_RESOLVE_FAILED') return { message, fix: 'Remove the tag (the word that starts with "!").' }
  return { message, fix: 'Correct the YAML at this place.' }
}

function plainValue(document: Document, { fileName, rules }: Reading): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: maximumAliases })
    return value ?? {}
  } catch (error) {
    const fix = `Use an alias only after its anchor, and at most ${maximumAliases} times.`
    throw new Problem(rules.code, `${fileName}: ${describeError(error)}. ${fix}`, { fix, cause: error })
  }
}

function positionAt(lines: LineCounter, offset: number | null): Position | null {
  if (offset === null) return null
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function offsetOf(document: Document, path: Path): number | null {
  let node: unknown = document.contents
  let offset: number | null = null
  for (const part of path) {
    const target: unknown = isAlias(node) ? node.resolve(document) : node
    const child = childOf(target, part)
    if (child === null) return offset
    offset = child.offset ?? offset
    node = child.node
  }
  return offset
}

function childOf(node: unknown, part: string | number): { node: unknown; offset: number | undefined } | null {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))
    return pair === undefined ? null : { node: pair.value, offset: startOf(pair.key) }
  }
  if (!isSeq(node)) return null
  const item = node.items[Number(part)]
  if (item === undefined) return null
  return { node: item, offset: startOf(isPair(item) ? item.key : item) }
}

function startOf(node: unknown): number | undefined {
  // The YAML parser sets `range` on every node it reads; nodes without one are made in code, and we make none.
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined
}

/** Writes docs/catalog.md, the reference of pipeline-manager.yaml, from its schemas: `npm run reference`. A test keeps them equal. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { commandChannelSpec } from '../agent/incidents/channels/command.ts'
import { emailSpec } from '../agent/incidents/channels/email.ts'
import { slackSpec } from '../agent/incidents/channels/slack.ts'
import { webhookSpec } from '../agent/incidents/channels/webhook.ts'
import { builtinNames } from '../agent/jobs/builtins/names.ts'
import { catalogFileSchema } from '../agent/jobs/catalog/file-schema.ts'
import { offeredTemplates } from '../agent/jobs/catalog/run-checks.ts'
import { builtinSpec } from '../agent/jobs/executors/builtin.ts'
import { commandSpec } from '../agent/jobs/executors/command.ts'
import { httpSpec } from '../agent/jobs/executors/http.ts'
import { sqlSpec } from '../agent/jobs/executors/sql.ts'
import { catalogWords, channelWords, runWords } from './catalog-words.ts'

/** The file that is committed. */
export const referenceFile = join(import.meta.dirname, '../docs/catalog.md')

/** What `z.toJSONSchema` says of a value, as far as it is shown. */
interface Shape {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly const?: string
  readonly default?: string | number | boolean | object
  readonly anyOf?: readonly Shape[]
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Shape | false
  readonly pattern?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
}

interface Key {
  readonly path: string
  readonly shape: Shape
  readonly isNeeded: boolean
}

function shapeOf(schema: z.ZodType): Shape {
  // Its own type knows more than is shown here, and less strictly.
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Shape
}

/** Every key below, in the order of the schema: `a`, `a.<name>.b`, `a[].b`. */
function keysOf(shape: Shape, at = ''): Key[] {
  const inner = shape.anyOf?.find(({ properties }) => properties !== undefined)
  if (inner !== undefined) return keysOf(inner, at)
  if (shape.items !== undefined) return keysOf(shape.items, `${at}[]`)
  if (shape.properties === undefined) {
    return shape.additionalProperties ? keysOf(shape.additionalProperties, `${at}.<name>`) : []
  }
  const needed = new Set(shape.required)
  return Object.entries(shape.properties).flatMap(([name, child]) => {
    const path = at === '' ? name : `${at}.${name}`
    return [{ path, shape: child, isNeeded: needed.has(name) }, ...keysOf(child, path)]
  })
}

function typeWords(shape: Shape): string {
  if (shape.const !== undefined) return `\`${shape.const}\``
  if (shape.enum !== undefined) return shape.enum.map((one) => `\`${one}\``).join(', ')
  if (shape.anyOf !== undefined) return shape.anyOf.map(typeWords).join(' or ')
  if (shape.type === 'number' || shape.type === 'integer') return numberWords(shape)
  if (shape.type === 'array') {
    const most = shape.maxItems === undefined ? '' : `, at most ${shape.maxItems.toLocaleString('en-US')}`
    return `list${most}`
  }
  if (shape.type === 'object') return 'mapping'
  if (shape.type === 'boolean') return '`true`, `false`'
  if (shape.type === 'null') return '`null`'
  if (shape.type !== 'string') return 'any JSON'
  return shape.maxLength === undefined ? 'text' : `text, at most ${shape.maxLength.toLocaleString('en-US')}`
}

function numberWords({ type, minimum, exclusiveMinimum, maximum = Number.MAX_SAFE_INTEGER }: Shape): string {
  const from = exclusiveMinimum === undefined ? `${minimum ?? 0}` : `more than ${exclusiveMinimum}`
  const range = maximum === Number.MAX_SAFE_INTEGER ? `from ${from} on` : `${from} to ${maximum}`
  return `${type === 'integer' ? 'whole number' : 'number'}, ${range}`
}

/** @throws when a key has no words, or words have no key. */
function table(keys: readonly Key[], words: Readonly<Record<string, string>>): string {
  const rows = keys.map(({ path, shape, isNeeded }) => {
    const meaning = words[path]
    if (meaning === undefined) throw new Error(`scripts/catalog-words.ts says nothing of ${path}.`)
    const usual = shape.default === undefined || typeof shape.default === 'object' ? '' : `\`${shape.default}\``
    return `| \`${path}\` | ${typeWords(shape)} | ${isNeeded ? 'needed' : usual} | ${meaning} |`
  })
  return ['| key | value | default | |', '|---|---|---|---|', ...rows].join('\n')
}

function unused(keys: readonly Key[], words: Readonly<Record<string, string>>): string[] {
  const paths = new Set(keys.map(({ path }) => path))
  return Object.keys(words).filter((path) => !paths.has(path))
}

const kinds = {
  run: { command: commandSpec, sql: sqlSpec, http: httpSpec, builtin: builtinSpec },
  channel: { slack: slackSpec, webhook: webhookSpec, email: emailSpec, command: commandChannelSpec },
} as const

function variants(title: string, specs: Readonly<Record<string, z.ZodType>>, words: Readonly<Record<string, string>>) {
  const each = Object.entries(specs).map(([kind, spec]) => ({ kind, keys: keysOf(shapeOf(spec)) }))
  return {
    text: each.map(({ kind, keys }) => `### ${title}: \`${kind}\`\n\n${table(keys, words)}`).join('\n\n'),
    unused: unused(
      each.flatMap(({ keys }) => keys),
      words,
    ),
  }
}

/** docs/catalog.md as the schemas have it. @throws when a key is not described, or what is described is no key. */
export function catalogReference(): string {
  const keys = keysOf(shapeOf(catalogFileSchema))
  const groups = Map.groupBy(keys, ({ path }) => path.split(/[.[]/)[0] ?? path)
  const parts = [...groups].map(([name, group]) => `## \`${name}\`\n\n${table(group, catalogWords)}`)
  const run = variants('A step', kinds.run, runWords)
  const channel = variants('A channel', kinds.channel, channelWords)
  const left = [...unused(keys, catalogWords), ...run.unused, ...channel.unused]
  if (left.length > 0) throw new Error(`scripts/catalog-words.ts describes what is no key: ${left.join(', ')}.`)
  const steps = `## What a step runs\n\n${run.text}\n\nBuilt-in steps: ${builtinNames.map((name) => `\`${name}\``).join(', ')}.`
  const channels = `## How a channel tells\n\n${channel.text}`
  const templates = `## Templates\n\n${templateWords}`
  return `${[opening, ...parts, steps, templates, channels].join('\n\n')}\n`
}

const opening = `# pipeline-manager.yaml

<!-- Made by \`npm run reference\` from the schemas and scripts/catalog-words.ts. Do not edit. -->

Every key, what it may be, and what it is when left out. [examples/catalogs](../examples/catalogs) has two files to start from. A key that is not
here is refused, with the nearest one that is. Names of datasets, job types and the like are small letters, digits and \`_\`, begin with a letter
and have at most 63 characters. Secrets are never in the file: what ends in \`_env\`, and \`env\` and \`secrets\`, name environment variables of
the agent. The file must belong to the user of the agent (or root), and nobody else may be able to change it.`

const templateWords = `\`{{ … }}\` in a step names a value of the run: ${offeredTemplates.map((path) => `\`${path}\``).join(', ')}. There are no expressions.
\`run.id\` differs for each attempt; \`run.first_id\` is the same for all attempts at one fire, and for a run that goes on with another at the step that failed. A template that can name nothing is refused
when the file is read.`

if (import.meta.main) await writeFile(referenceFile, catalogReference())

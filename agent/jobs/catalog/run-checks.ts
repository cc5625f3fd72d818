import { type Finding, formatValue, type Path } from '../../settings/finding.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import { builtinNames } from '../builtins/names.ts'
import { StepFailure } from '../executors/executor.ts'
import { isHostAllowed } from '../executors/http-hosts.ts'
import { boundPaths, isTemplatePath, lookUp, templatePaths, templateScope } from '../template.ts'
import type { Catalog, JobType } from './catalog.ts'
import { propertiesOf, unknownName } from './references.ts'
import type { RunSpec } from './run-spec.ts'

/** The agent's own database, handed to the `sql` executor by the program; no file may define it. */
export const agentConnection = 'agent'

type Checks = { readonly [Kind in RunSpec['kind']]: (catalog: Catalog, spec: SpecOf<Kind>) => Finding[] }
type SpecOf<Kind extends RunSpec['kind']> = Extract<RunSpec, { kind: Kind }>['spec']

const checks: Checks = {
  command: () => [],
  builtin: (catalog, spec) => [...builtinFindings(spec), ...targetFindings(catalog, spec)],
  sql: (catalog, spec) => {
    if (spec.connection === agentConnection) return []
    return unknownName(['connection'], 'connection', spec.connection, catalog.connections)
  },
  http: (catalog, { http }) => {
    const findings = hostFindings(catalog, http.url)
    if (http.credential === undefined) return findings
    return [...findings, ...unknownName(['http', 'credential'], 'credential', http.credential, catalog.credentials)]
  },
}

/** What a `run` names and the rest of the catalog does not have; paths start at the `run`. */
export function runFindings(catalog: Catalog, jobType: JobType, run: RunSpec): Finding[] {
  const { templates, findings } = templatesOf(run)
  return [
    ...checkOf(catalog, run),
    ...findings,
    ...templates.flatMap(({ path, template }) => templateFinding(jobType, template, path)),
  ]
}

function checkOf<Kind extends RunSpec['kind']>(catalog: Catalog, run: { kind: Kind; spec: SpecOf<Kind> }): Finding[] {
  return checks[run.kind](catalog, run.spec)
}

function hostFindings(catalog: Catalog, url: string): Finding[] {
  const target = URL.parse(url)
  if (target === null || isHostAllowed(target, catalog.httpAllowHosts)) return []
  const message = `goes to "${target.host}", which is not in http.allow_hosts`
  const fix = `Add it to http.allow_hosts: [${formatValue(target.host)}].`
  return [{ path: ['http', 'url'], message, value: target.host, fix }]
}

/** Job type, step and page that a built-in step names. */
function targetFindings(catalog: Catalog, { builtin, with: settings = {} }: SpecOf<'builtin'>): Finding[] {
  const known = new Map<string, unknown>(builtinNames.map((name) => [name, name]))
  const { job_type: key, step: stepKey, page } = settings
  if (builtin === 'require_ready' && typeof page === 'string') {
    return unknownName(['with', 'page'], 'page', page, catalog.pages)
  }
  if (builtin !== 'run_step' || typeof key !== 'string')
    return unknownName(['builtin'], 'built-in step', builtin, known)
  const jobType = catalog.jobTypes.get(key)
  if (jobType === undefined) return unknownName(['with', 'job_type'], 'job type', key, catalog.jobTypes)
  if (typeof stepKey !== 'string') return []
  const steps = new Map(jobType.steps.map((step) => [step.key, step]))
  return unknownName(['with', 'step'], `step of ${key}`, stepKey, steps)
}

/** What a built-in step needs of the environment is named, never written there. */
function builtinFindings({ with: settings = {} }: SpecOf<'builtin'>): Finding[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    if (!key.endsWith('_env') || (typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value))) return []
    return [{ path: ['with', key], message: 'must be the name of an environment variable, not its value' }]
  })
}

interface PlacedTemplate {
  readonly path: Path
  /** What is in the braces. */
  readonly template: string
}

function templatesOf(run: RunSpec): { templates: readonly PlacedTemplate[]; findings: readonly Finding[] } {
  if (run.kind !== 'sql') return { templates: placedTemplates(run.spec, []), findings: [] }
  const { paths, findings } = sqlTemplates(run.spec.sql)
  return { templates: paths.map((template) => ({ path: ['sql'], template })), findings }
}

/** What SQL binds, or why it cannot; paths of findings start at what has the `sql`. */
export function sqlTemplates(sql: string): { paths: readonly string[]; findings: readonly Finding[] } {
  try {
    return { paths: boundPaths(sql), findings: [] }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return { paths: [], findings: [{ path: ['sql'], message: `would fail every run: ${error.message}` }] }
  }
}

function placedTemplates(value: unknown, path: Path): PlacedTemplate[] {
  if (typeof value === 'string') return templatePaths(value).map((template) => ({ path, template }))
  if (typeof value !== 'object' || value === null) return []
  const children = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return children.flatMap(([key, child]) => placedTemplates(child, [...path, key]))
}

/** What every run has. */
const anyRun = templateScope({
  identity: { runId: '', firstRunId: '', jobType: '', brandId: '', stepKey: '', attempt: 1 },
  parameters: {},
})
/** Paths that templates may name. */
export const offeredTemplates: readonly string[] = Object.entries(anyRun).flatMap(([root, members]) =>
  root === 'parameters' ? ['parameters.…'] : Object.keys(members ?? {}).map((member) => `${root}.${member}`),
)

/** A template that names what can never be there would fail every run. */
function templateFinding(jobType: JobType, template: string, path: Path): Finding[] {
  const [root, name] = template.split('.')
  if (root === 'parameters' && isTemplatePath(template)) return parameterFinding(jobType, template, name, path)
  if (isTemplatePath(template) && isThere(template)) return []
  const fix = `Templates know ${offeredTemplates.join(', ')}.`
  return [{ path, message: `uses {{ ${template} }}, which names nothing in a run`, value: template, fix }]
}

function isThere(template: string): boolean {
  try {
    lookUp(template, anyRun)
    return true
  } catch {
    return false
  }
}

function parameterFinding(jobType: JobType, template: string, name: string | undefined, path: Path): Finding[] {
  if (name === undefined || jobType.parameters['additionalProperties'] !== false) return []
  const known = propertiesOf(jobType.parameters)
  if (known.has(name)) return []
  const message = `uses {{ ${template} }}, but ${jobType.key} has no parameter "${name}"`
  return [{ path, message, value: template, fix: didYouMean(name, known.keys()) }]
}

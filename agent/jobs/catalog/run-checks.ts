import { type Finding, formatValue, type Path } from '../../settings/finding.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import { isHostAllowed } from '../executors/http-hosts.ts'
import { templatePaths } from '../template.ts'
import type { Catalog, JobType } from './catalog.ts'
import { propertiesOf, unknownName } from './references.ts'
import type { RunSpec } from './run-spec.ts'

/** The agent's own database, handed to the `sql` executor by the program; no file may define it. */
export const agentConnection = 'agent'

type Checks = { readonly [Kind in RunSpec['kind']]: (catalog: Catalog, spec: SpecOf<Kind>) => Finding[] }
type SpecOf<Kind extends RunSpec['kind']> = Extract<RunSpec, { kind: Kind }>['spec']

const checks: Checks = {
  command: () => [],
  builtin: (_catalog, spec) => builtinFindings(spec),
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
  return [...checkOf(catalog, run), ...templateFindings(jobType, run.spec, [])]
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

/** What a built-in step needs of the environment is named, never written there. */
function builtinFindings({ with: settings = {} }: SpecOf<'builtin'>): Finding[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    if (!key.endsWith('_env') || (typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value))) return []
    return [{ path: ['with', key], message: 'must be the name of an environment variable, not its value' }]
  })
}

const parameterPrefix = 'parameters.'

/** A template that names a parameter which can never be there would fail every run. */
function templateFindings(jobType: JobType, value: unknown, path: Path): Finding[] {
  if (typeof value === 'string') {
    return templatePaths(value).flatMap((template) => templateFinding(jobType, template, path))
  }
  if (typeof value !== 'object' || value === null) return []
  const children = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return children.flatMap(([key, child]) => templateFindings(jobType, child, [...path, key]))
}

function templateFinding(jobType: JobType, template: string, path: Path): Finding[] {
  if (!template.startsWith(parameterPrefix) || jobType.parameters['additionalProperties'] !== false) return []
  const [name = ''] = template.slice(parameterPrefix.length).split('.')
  const known = propertiesOf(jobType.parameters)
  if (known.has(name)) return []
  const message = `uses {{ ${template} }}, but ${jobType.key} has no parameter "${name}"`
  return [{ path, message, value: template, fix: didYouMean(name, known.keys()) }]
}

import type { BackfillRule } from '../../../shared/backfills.ts'
import type { JsonObject } from '../../../shared/domain.ts'
import type { Due } from '../../../shared/due.ts'
import type { Ownership } from '../../../shared/ownership.ts'
import type { ChannelSpec } from '../../incidents/channels/channel-spec.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import { type Environment, environmentValue } from '../executors/command-lookup.ts'
import type { HttpCredential } from '../executors/http.ts'
import type { ConnectionSpec } from '../executors/sql.ts'
import type { RunSpec } from './run-spec.ts'

/** What exists and what this agent can run: the built-in preset, changed by the person's own file. Never read from a database. */
export interface Catalog {
  readonly datasets: ReadonlyMap<string, Dataset>
  readonly jobTypes: ReadonlyMap<string, JobType>
  readonly pages: ReadonlyMap<string, Page>
  readonly connections: ReadonlyMap<string, ConnectionSpec>
  readonly credentials: ReadonlyMap<string, HttpCredential>
  /** `host` or `host:port`, lower case, exactly as written. */
  readonly httpAllowHosts: readonly string[]
  /** Ways to tell somebody, by name. */
  readonly channels: ReadonlyMap<string, ChannelSpec>
  /** Which datasets are meant by names of other programs. */
  readonly lineage: readonly LineageRule[]
  /** Folder of the catalog file, absolute; relative `cwd`s start here. Null when there is no file. */
  readonly baseDirectory: string | null
  /** Which of the environment variables that built-in steps need this agent has (`withEnvironment`). */
  readonly givenVariables: ReadonlySet<string>
}

/** `*` in a pattern stands for anything. */
export interface LineageRule {
  readonly namespace: string
  readonly name: string
  /** Its name or id; names are those of the organization that reports. */
  readonly brand: string
  readonly dataset: string
}

export interface Dataset extends Ownership {
  readonly key: string
  readonly label: string
  readonly description: string | null
  /** Hours, 1 to 87,600; null = the dataset itself says nothing (F9). */
  readonly maxAgeHours: number | null
  /** When a maximum age of it counts (F9), whoever asks for it; null = always. */
  readonly due: Due | null
  /** F8: a success with zero records is suspicious. */
  readonly neverZero: boolean
  /** How to look at the data itself; null = only what jobs say is known. */
  readonly probe: DatasetProbe | null
}

/** SQL that says of a brand's data how new the newest row is and how many there are. */
export interface DatasetProbe {
  /** Columns `latest` (time or day, null = none) and `rows`, either may be missing; `{{ run.brand_id }}` is the brand. */
  readonly sql: string
  readonly connection: string
  readonly everyMinutes: number
  /** A success after which nothing has moved for longer than this is suspicious. */
  readonly mayRestHours: number
}

export interface JobType extends Ownership {
  readonly key: string
  readonly label: string
  readonly description: string | null
  readonly timeoutMinutes: number
  /** How long a run may take before it is told that it has not ended; null = what is usual decides (`shared/overrun.ts`). */
  readonly expectedMinutes: number | null
  /** JSON Schema draft-07 of type object; always closed unless it says otherwise. */
  readonly parameters: JsonObject
  readonly steps: readonly Step[]
  /** A suggestion for new jobs, never applied by itself. */
  readonly cadence: SuggestedCadence | null
  /** Names of environment variables that the steps may read as secrets. */
  readonly secrets: readonly string[]
  /** Which parameters say what days a run covers; null = it is not known to be about days. */
  readonly backfill: BackfillRule | null
  /** Its steps find what earlier ones made whichever run made it, so that a run may begin with the step at which another one failed. */
  readonly resume: boolean
}

export interface SuggestedCadence {
  readonly cron: string
  /** Null = the default zone of the settings. */
  readonly timeZone: string | null
}

export interface Step {
  readonly key: string
  readonly label: string
  /** The dataset this step refreshes. */
  readonly dataset: string | null
  /** J9. */
  readonly fatal: boolean
  /** J5: `never` = an unknown outcome ends the run and asks a person. */
  readonly retry: 'allowed' | 'never'
  /** Name of a boolean parameter; the step is skipped while it is not true. */
  readonly when: string | null
  /** Null = nobody said what runs. */
  readonly run: RunSpec | null
}

export interface Page extends Ownership {
  readonly key: string
  readonly label: string
  readonly requires: readonly Requirement[]
}

export interface Requirement {
  readonly dataset: string
  readonly maxAgeHours: number
  readonly fix: Fix
}

/** The action that makes the data fresh again. */
export interface Fix {
  readonly jobType: string
  readonly parameters: JsonObject
}

export const emptyCatalog: Catalog = {
  datasets: new Map(),
  jobTypes: new Map(),
  pages: new Map(),
  connections: new Map(),
  credentials: new Map(),
  httpAllowHosts: [],
  channels: new Map(),
  lineage: [],
  baseDirectory: null,
  givenVariables: new Set(),
}

/** The catalog of an agent that has this environment; an empty variable counts as not set. */
export function withEnvironment(catalog: Catalog, environment: Environment): Catalog {
  const needed = [...catalog.jobTypes.values()].flatMap(({ steps }) => steps.flatMap(neededVariables))
  const given = needed.filter((name) => (environmentValue(environment, name) ?? '') !== '')
  return { ...catalog, givenVariables: new Set(given) }
}

/** In the `with` of a built-in step, a key that ends in `_env` names a variable that it cannot do without. */
function neededVariables({ run }: Step): string[] {
  if (run?.kind !== 'builtin') return []
  const entries = Object.entries(run.spec.with ?? {})
  return entries.flatMap(([key, value]) => (key.endsWith('_env') && typeof value === 'string' ? [value] : []))
}

/**
 * J8: the job types to advertise and to claim, sorted: those of which every step says what runs, and has the secrets it
 * needs.
 */
export function runnableJobTypes(catalog: Catalog): string[] {
  return [...catalog.jobTypes.keys()].filter((key) => whyNotRunnable(catalog, key) === null).toSorted()
}

/** Why this agent cannot run a job type, as a sentence with the next step; null when it can. */
export function whyNotRunnable(catalog: Catalog, key: string): string | null {
  const jobType = catalog.jobTypes.get(key)
  if (jobType === undefined) {
    return `The catalog of this agent has no job type "${key}". ${didYouMean(key, catalog.jobTypes.keys())}`
  }
  const missing = jobType.steps.filter((step) => step.run === null).map((step) => step.key)
  if (missing.length === 0) return unsetVariableWords(catalog, jobType)
  const steps = missing.length === 1 ? `step ${missing[0]}` : `steps ${missing.join(', ')}`
  return `Nothing says what ${steps} of ${key} runs. Add "run" under job_types.${key}.steps in pipeline-manager.yaml.`
}

function unsetVariableWords({ givenVariables }: Catalog, { key, steps }: JobType): string | null {
  const unset = [...new Set(steps.flatMap(neededVariables))].filter((name) => !givenVariables.has(name))
  if (unset.length === 0) return null
  const names = unset.join(', ')
  return `${key} needs ${names}, which this agent does not have. Set ${names} in the environment of the agent, and start it anew.`
}

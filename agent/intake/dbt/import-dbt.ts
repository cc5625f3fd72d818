import { readRunResults, readSources } from '../../../shared/dbt-artifacts.ts'
import { type DbtNode, readManifest } from '../../../shared/dbt-manifest.ts'
import { cleanText, Problem } from '../../../shared/errors.ts'
import { isSameRun } from '../../../shared/external-runs.ts'
import { storedOrNone } from '../../freshness/policy.ts'
import { maskShaped } from '../../jobs/log/secret-masker.ts'
import { checkName } from '../../jobs/names.ts'
import { type Brand, listBrandNames } from '../../store/brands.ts'
import type { Database, DatabasePool } from '../../store/database.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { recordExternalRuns } from '../../store/external-runs.ts'
import { recordOutsideEvents } from '../../store/outside-events.ts'
import { type KeptAges, keepAges } from './keep-ages.ts'
import { type PlacedAges, type PlacedInvocation, placeResults, unreachedSources } from './place-results.ts'
import { reportsOf, textLimit } from './reports.ts'

export interface DbtImport {
  readonly brand: Pick<Brand, 'id' | 'organizationId' | 'name'>
  /** As parsed JSON; null = not given. */
  readonly runResults: unknown
  readonly sources: unknown
  readonly manifest: unknown
  /** F8: whether this dataset never has zero records. */
  readonly isNeverZero: (datasetKey: string) => boolean
}

export interface DbtImported extends KeptAges {
  readonly completed: number
  readonly failed: number
  /** Nodes that say nothing about a dataset: tests, and what was skipped. */
  readonly left: number
  /** It had all been imported before: nothing changed. */
  readonly isKnown: boolean
}

const mostAheadMs = 300_000

/**
 * What dbt has built, and how old its sources are, as results of datasets and runs of dbt; in one transaction. The same files again change
 * nothing: results are named by the id of the invocation. What the manifest says of whose a node is, how its dataset is called and how old it may
 * be counts where the files of the run do not say it.
 * @throws Problem `invalid_input` for what is no file of a known version, for times ahead of the database's clock, and for a brand that is not there.
 */
export async function importDbt(database: DatabasePool, given: DbtImport): Promise<DbtImported> {
  const { brand } = given
  const built = given.runResults === null ? [] : [readRunResults(given.runResults)]
  const looked = given.sources === null ? [] : [readSources(given.sources)]
  const nodes: ReadonlyMap<string, DbtNode> = given.manifest === null ? new Map() : readManifest(given.manifest)
  if (built.length + looked.length === 0) {
    throw new Problem('invalid_input', 'No results are given to import.', {
      field: 'runResults',
      value: null,
      fix: 'Give target/run_results.json, target/sources.json, or both; target/manifest.json only adds to them.',
    })
  }
  const { brands } = await listBrandNames(database, brand.organizationId)
  const surroundings = { brand, nodes, brands }
  const invocations = [...built, ...looked].map((invocation) => placeResults(invocation, surroundings))
  const unreached = looked.flatMap(({ results }) => unreachedSources(results, surroundings))
  const now = await databaseNow(database)
  for (const invocation of invocations) requireSound(invocation, now)
  for (const one of unreached) requireSoundAges(one)
  return database.transaction((transaction) => write(transaction, given, { invocations, unreached }))
}

async function write(
  transaction: Database,
  { brand, isNeverZero }: DbtImport,
  { invocations, unreached }: { invocations: readonly PlacedInvocation[]; unreached: readonly PlacedAges[] },
): Promise<DbtImported> {
  const reports = invocations.flatMap((invocation) => reportsOf(brand, invocation))
  const recorded = await recordExternalRuns(transaction, reports)
  const all = invocations.flatMap((invocation) => invocation.results.map((result) => ({ invocation, result })))
  await recordOutsideEvents(
    transaction,
    all.map(({ invocation, result }) => ({
      brandId: result.brand.id,
      organizationId: brand.organizationId,
      datasetKey: result.datasetKey,
      status: result.status,
      attemptedAt: result.at,
      freshAsOf: result.freshAsOf,
      eventKey: `dbt ${invocation.id} ${result.uniqueId}`,
      recordsAffected: result.records,
      suspicious: result.records === 0 && isNeverZero(result.datasetKey),
      errorMessage: result.error === null ? null : cleanText(maskShaped(result.error), textLimit),
      metadata: { dbt: { uniqueId: result.uniqueId, invocation: invocation.id } },
    })),
  )
  const ages = await keepAges(transaction, brand.organizationId, [...all.map(({ result }) => result), ...unreached])
  const failed = all.filter(({ result }) => result.status === 'failed').length
  return {
    completed: all.length - failed,
    failed,
    left: invocations.reduce((sum, { left }) => sum + left, 0),
    ...ages,
    isKnown:
      recorded.every(({ before, after }) => before !== null && isSameRun(before, after)) && ages.policiesSet === 0,
  }
}

/** Names that look like others, ages that cannot be, and times that have not come, before anything is written. */
function requireSound({ at, results }: PlacedInvocation, now: Date): void {
  for (const result of results) requireSoundAges(result)
  const newest = results.reduce(
    (latest, result) => Math.max(latest, result.at.getTime(), result.freshAsOf?.getTime() ?? 0),
    at.getTime(),
  )
  if (newest - now.getTime() <= mostAheadMs) return
  throw new Problem(
    'invalid_input',
    `A time of the file lies in the future; the database's clock says ${now.toISOString()}.`,
    {
      field: 'generated_at',
      value: new Date(newest).toISOString(),
      fix: 'Check the clock of the machine that dbt ran on, and the time zone of loaded_at_field.',
    },
  )
}

function requireSoundAges({ datasetKey, maxAgeHours, warnAgeHours }: PlacedAges): void {
  requirePlainName(datasetKey)
  storedOrNone(maxAgeHours, 'maxAgeHours')
  storedOrNone(warnAgeHours, 'warnAgeHours')
}

function requirePlainName(datasetKey: string): void {
  if (checkName(datasetKey, 'unique_id') === datasetKey) return
  throw new Problem('invalid_input', 'A name has blanks around it or letters that are not composed (NFC).', {
    field: 'unique_id',
    value: datasetKey,
    fix: 'Rename the model or the source in the dbt project.',
  })
}

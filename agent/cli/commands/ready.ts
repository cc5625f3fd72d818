import type { JsonValue } from '../../../shared/domain.ts'
import type { Due } from '../../../shared/due.ts'
import { Problem } from '../../../shared/errors.ts'
import { pageOutlook } from '../../../shared/outlook.ts'
import { outlookWords } from '../../../shared/outlook-words.ts'
import { exitCodeOf, type Fix, type Readiness, readiness } from '../../../shared/readiness.ts'
import { indexed } from '../../freshness/dataset-view.ts'
import type { KnownCatalog, KnownPage } from '../../freshness/known-catalog.ts'
import { type AwaitedItem, type RefreshOf, readNextRefreshes, withRefresh } from '../../freshness/next-refreshes.ts'
import { findRunnable, maximumsOf, readSurroundings, type Surroundings } from '../../freshness/surroundings.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import type { Brand } from '../../store/brands.ts'
import type { Database } from '../../store/database.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { listDatasetPolicies } from '../../store/dataset-policies.ts'
import { type DatasetStatusRow, listDatasetStatus } from '../../store/dataset-status.ts'
import { listRefreshingJobsOfBrands } from '../../store/refreshing-jobs.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed } from '../lookup.ts'
import { markText, verdictMarks } from '../output/marks.ts'
import type { Printer } from '../output/printer.ts'
import { shellWord } from '../output/safe-text.ts'
import { withSession } from '../session.ts'

export interface ReadyFlags extends GlobalFlags {
  readonly brand: string
  readonly page?: string
}

/** `pm ready`: 0 ready or degraded, 1 not ready, 2 when it cannot be said (F9). Without a page, all of them have to be. */
export async function showReadiness(context: CliContext, flags: ReadyFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, catalog, settings, print }) => {
    const surroundings = await readSurroundings(database, catalog, settings.leaseSeconds)
    const { catalog: known } = surroundings
    const pages = flags.page === undefined ? [...known.pages.values()] : [pageNamed(known, flags.page)]
    const brand = await brandNamed(database, flags.brand)
    const statuses = await listDatasetStatus(database, { brandId: brand.id })
    const maximumOf = maximumsOf(known)
    const policies = indexed(await listDatasetPolicies(database, brand.id), ({ datasetKey }) => datasetKey)
    const dueOf = (dataset: string): Due | null => maximumOf(dataset, policies.get(dataset)).due
    const asOf = await databaseNow(database)
    const refreshOf = await readRefreshes(database, { brand, pages, surroundings, statuses, asOf })
    const answers = pages.map((page) => {
      const verdict = readiness(requirementsOf(page, known, statuses, dueOf), asOf)
      const items = withRefresh(verdict.items, refreshOf, asOf)
      const fixes = fixCommands(verdict, brand)
      return { page: page.key, label: page.label, ...verdict, items, ...pageOutlook(items, asOf), fixes }
    })
    const about = { asOf, brand: { id: brand.id, name: brand.name } }
    const [only] = answers
    const document =
      flags.page === undefined || only === undefined ? { ...about, pages: answers } : { ...about, ...only }
    print.answer(document, () => {
      if (answers.length === 0) print.line('The catalog has no pages.')
      for (const answer of answers) printPage(print, answer, { brand, asOf })
    })
    context.setExitCode(answers.some(({ verdict }) => exitCodeOf(verdict) === 1) ? 1 : 0)
  })
}

/** What brings every dataset of these pages next. */
async function readRefreshes(
  database: Database,
  {
    brand,
    pages,
    surroundings,
    statuses,
    asOf,
  }: {
    readonly brand: Brand
    readonly pages: readonly KnownPage[]
    readonly surroundings: Surroundings
    readonly statuses: readonly DatasetStatusRow[]
    readonly asOf: Date
  },
): Promise<RefreshOf> {
  const jobs = await listRefreshingJobsOfBrands(database, [brand.id], 0)
  const runnable = await findRunnable(
    database,
    surroundings,
    jobs.map(({ jobType }) => jobType),
  )
  return readNextRefreshes(database, {
    brand,
    asOf,
    catalog: surroundings.catalog,
    jobs,
    runnable,
    statuses: new Map(statuses.map((row) => [row.datasetKey, row])),
    wanted: pages.flatMap(({ requires }) => requires.map(({ dataset, fix }) => ({ dataset, fixType: fix.job_type }))),
  })
}

type Shown = Pick<Readiness, 'verdict' | 'reasons'> & {
  readonly label: string
  readonly items: readonly AwaitedItem[]
  readonly fixes: readonly string[]
}

function printPage(
  print: Printer,
  { label, verdict, reasons, items, fixes }: Shown,
  { brand, asOf }: { readonly brand: Brand; readonly asOf: Date },
): void {
  const mark = verdictMarks[verdict]
  print.line(`${markText(mark)}: ${label} for ${brand.name}`, mark.color)
  for (const reason of reasons) print.line(`  ${reason}`)
  for (const sentence of outlookWords(verdict, items, asOf).sentences) print.line(`  ${sentence}`)
  for (const fix of fixes) print.line(`  Fix: ${fix}`)
}

/** @throws Problem `not_found` with the one that was meant. */
export function pageNamed({ pages }: KnownCatalog, key: string): KnownPage {
  const page = pages.get(key)
  if (page !== undefined) return page
  const fix = didYouMean(key, pages.keys())
  throw new Problem('not_found', `There is no page "${key}".`, { field: '--page', value: key, fix })
}

function requirementsOf(
  page: KnownPage,
  { datasets }: KnownCatalog,
  statuses: readonly DatasetStatusRow[],
  dueOf: (dataset: string) => Due | null,
) {
  const rows = new Map(statuses.map((row) => [row.datasetKey, row]))
  return page.requires.map(({ dataset, max_age_hours: maxAgeHours, fix }) => ({
    dataset,
    label: datasets.get(dataset)?.label ?? dataset,
    maxAgeHours,
    due: dueOf(dataset),
    fix: { jobType: fix.job_type, parameters: fix.parameters },
    status: rows.get(dataset) ?? null,
  }))
}

/** One command for each thing that helps; two datasets that one run refreshes are one command. */
function fixCommands({ items }: Readiness, brand: Brand): string[] {
  const fixes = items.flatMap(({ reason, fix }) => (reason === null || fix === null ? [] : [fixCommand(fix, brand)]))
  return [...new Set(fixes)]
}

function fixCommand({ jobType, parameters }: Fix, brand: Brand): string {
  const given = Object.entries(parameters).map(([name, value]) => `--param ${shellWord(`${name}=${textOf(value)}`)}`)
  return ['pm run', shellWord(jobType), '--brand', shellWord(brand.name), ...given, '--wait'].join(' ')
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

import type { JsonValue } from '../../../shared/domain.ts'
import { Problem } from '../../../shared/errors.ts'
import { exitCodeOf, type Fix, type Readiness, readiness } from '../../../shared/readiness.ts'
import type { KnownCatalog, KnownPage } from '../../freshness/known-catalog.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import { listAgents } from '../../store/agent-list.ts'
import type { Brand } from '../../store/brands.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { type DatasetStatusRow, listDatasetStatus } from '../../store/dataset-status.ts'
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
    const known = knownCatalog(catalog, await listAgents(database, settings.leaseSeconds))
    const pages = flags.page === undefined ? [...known.pages.values()] : [pageNamed(known, flags.page)]
    const brand = await brandNamed(database, flags.brand)
    const statuses = await listDatasetStatus(database, { brandId: brand.id })
    const asOf = await databaseNow(database)
    const answers = pages.map((page) => {
      const verdict = readiness(requirementsOf(page, known, statuses), asOf)
      return { page: page.key, label: page.label, ...verdict, fixes: fixCommands(verdict, brand) }
    })
    const about = { asOf, brand: { id: brand.id, name: brand.name } }
    const [only] = answers
    const document =
      flags.page === undefined || only === undefined ? { ...about, pages: answers } : { ...about, ...only }
    print.answer(document, () => {
      if (answers.length === 0) print.line('The catalog has no pages.')
      for (const answer of answers) printPage(print, answer, brand)
    })
    context.setExitCode(answers.some(({ verdict }) => exitCodeOf(verdict) === 1) ? 1 : 0)
  })
}

function printPage(
  print: Printer,
  { label, verdict, reasons, fixes }: Pick<Readiness, 'verdict' | 'reasons'> & { label: string; fixes: string[] },
  brand: Brand,
): void {
  const mark = verdictMarks[verdict]
  print.line(`${markText(mark)}: ${label} for ${brand.name}`, mark.color)
  for (const reason of reasons) print.line(`  ${reason}`)
  for (const fix of fixes) print.line(`  Fix: ${fix}`)
}

function pageNamed({ pages }: KnownCatalog, key: string): KnownPage {
  const page = pages.get(key)
  if (page !== undefined) return page
  const fix = didYouMean(key, pages.keys())
  throw new Problem('not_found', `There is no page "${key}".`, { field: '--page', value: key, fix })
}

function requirementsOf(page: KnownPage, { datasets }: KnownCatalog, statuses: readonly DatasetStatusRow[]) {
  const rows = new Map(statuses.map((row) => [row.datasetKey, row]))
  return page.requires.map(({ dataset, max_age_hours: maxAgeHours, fix }) => ({
    dataset,
    label: datasets.get(dataset)?.label ?? dataset,
    maxAgeHours,
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

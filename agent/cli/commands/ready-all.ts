import { formatInstant } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { nextTimeOfDay } from '../../../shared/time-of-day.ts'
import { type PageState, readAllReadiness } from '../../freshness/all-readiness.ts'
import { readBrandNames } from '../../freshness/brand-names.ts'
import { readSurroundings, type Surroundings } from '../../freshness/surroundings.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { listOrganizations, type Organization } from '../../store/organizations.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { groupInUseAsked } from '../group-flag.ts'
import { organizationNamed } from '../lookup.ts'
import { verdictMarks } from '../output/marks.ts'
import type { Printer } from '../output/printer.ts'
import { type Session, withSession } from '../session.ts'
import { pageNamed, type ReadyFlags, showReadiness } from './ready.ts'

export interface ReadyAllFlags extends GlobalFlags {
  readonly brand?: string
  readonly all?: boolean
  readonly page?: string
  readonly by?: string
  readonly zone?: string
  readonly org?: string
  readonly group?: string
}

/** `pm ready`: of one brand, or of all. */
export async function showReadinessOf(context: CliContext, flags: ReadyAllFlags): Promise<void> {
  if (flags.all === true && flags.brand === undefined) return showAll(context, flags)
  const alone = (['by', 'zone', 'org', 'group'] as const).find((name) => flags[name] !== undefined)
  if (flags.brand === undefined || flags.all === true) {
    throw new Problem('invalid_input', 'Name one brand, or ask for all of them.', {
      field: flags.all === true ? '--all' : '--brand',
      fix: 'pm ready --brand <name>, or pm ready --all',
    })
  }
  if (alone !== undefined) {
    throw new Problem('invalid_input', `--${alone} goes with --all.`, { field: `--${alone}`, fix: 'pm ready --all' })
  }
  return showReadiness(context, flags as ReadyFlags)
}

interface Row extends PageState {
  readonly label: string
  readonly brand: { readonly id: string; readonly name: string }
  readonly organization: string
}

/** 0 when every page of every brand can be used (with `--by`: will be by then), 1 when one cannot, 2 when it cannot be said. */
async function showAll(context: CliContext, flags: ReadyAllFlags): Promise<void> {
  await withSession(context, flags, 'read', async (session) => {
    const { database, catalog, settings, print } = session
    const zone = flags.zone ?? settings.defaultTimeZone
    const asOf = await databaseNow(database)
    const by = flags.by === undefined ? null : nextTimeOfDay(flags.by, zone, asOf, '--by')
    const organizations =
      flags.org === undefined ? await listOrganizations(database) : [await organizationNamed(database, flags.org)]
    const only = flags.org === undefined ? null : (organizations[0]?.id ?? null)
    const brandIds = await groupInUseAsked(database, flags.group === undefined ? {} : { group: flags.group }, only)
    const surroundings = await readSurroundings(database, catalog, settings.leaseSeconds)
    const page = flags.page === undefined ? null : pageNamed(surroundings.catalog, flags.page).key
    const rows: Row[] = []
    for (const organization of organizations) {
      const found = await rowsOf(session, organization, { surroundings, by, brandIds })
      rows.push(...found.filter((row) => page === null || row.page === page))
    }
    const bad = rows.filter((row) => isBad(row, by))
    print.answer({ asOf, by, pages: rows }, () => printRows(print, { rows, bad, by }))
    context.setExitCode(bad.length > 0 ? 1 : 0)
  })
}

function isBad({ verdict, isReadyBy }: PageState, by: Date | null): boolean {
  return by === null ? verdict === 'not_ready' : isReadyBy === false
}

async function rowsOf(
  { database, context }: Session,
  { id, name }: Organization,
  {
    surroundings,
    by,
    brandIds,
  }: { readonly surroundings: Surroundings; readonly by: Date | null; readonly brandIds: readonly string[] | null },
): Promise<Row[]> {
  const { pages, brands } = await readAllReadiness(database, context.clock, {
    organizationId: id,
    surroundings: Promise.resolve(surroundings),
    brands: readBrandNames(database, id).then((read) =>
      brandIds === null ? read.brands : read.brands.filter((brand) => brandIds.includes(brand.id)),
    ),
    by,
  })
  return brands.flatMap((brand) =>
    brand.states.map((state, place) => ({
      organization: name,
      brand: { id: brand.id, name: brand.name },
      label: pages[place]?.label ?? state.page,
      ...state,
    })),
  )
}

/** At most; the same facts are in `--json`. */
const mostShown = 200

function printRows(
  print: Printer,
  { rows, bad, by }: { readonly rows: readonly Row[]; readonly bad: readonly Row[]; readonly by: Date | null },
): void {
  const brands = new Set(bad.map(({ brand }) => brand.id)).size
  const all = new Set(rows.map(({ brand }) => brand.id)).size
  const when = by === null ? 'are not ready' : `will not be ready by ${formatInstant(by)}`
  const degraded = by === null ? rows.filter(({ verdict }) => verdict === 'degraded').length : 0
  const good = by !== null ? `will be ready by ${formatInstant(by)}` : degraded === 0 ? 'is ready' : 'can be used'
  const doubtful = degraded === 0 ? '' : `, ${degraded} of them degraded`
  if (rows.length === 0) print.line('No page asks for any dataset yet.')
  else if (bad.length === 0) print.line(`Everything ${good}: ${rows.length} pages of ${all} brands${doubtful}.`)
  else print.line(`${bad.length} of ${rows.length} pages ${when}, of ${brands} of ${all} brands.`)
  if (bad.length === 0) return
  print.table(
    [
      { title: 'brand', shrinksTo: 16 },
      { title: 'page', shrinksTo: 16 },
      { title: 'now' },
      { title: 'when', shrinksTo: 24 },
    ],
    bad.slice(0, mostShown).map((row) => [row.brand.name, row.label, verdictMarks[row.verdict], whenWords(row)]),
  )
  if (bad.length > mostShown) print.line(`And ${bad.length - mostShown} more: pm ready --all --json`)
}

/** When the page is ready, and what makes an end of that before anything begins to refresh it. */
export function whenWords({
  expectedAt,
  readyUntil,
  goesStale,
  unknown,
  work,
}: Pick<PageState, 'expectedAt' | 'readyUntil' | 'goesStale' | 'unknown' | 'work'>): string {
  const running = work === null ? '' : ` ${work.jobType} ${work.state === 'running' ? 'is running' : 'is due'}.`
  const end =
    goesStale === null
      ? ''
      : `${goesStale.label} goes stale ${formatInstant(goesStale.at)}; nothing refreshes it before.`
  if (expectedAt !== null) return `expected ${formatInstant(expectedAt)}${end === '' ? '.' : `; ${end}`}${running}`
  if (end !== '') return `${end}${running}`
  if (readyUntil !== null) return `ready until ${formatInstant(readyUntil)}.${running}`
  return `nobody can say: ${unknown?.why ?? ''}${running}`
}

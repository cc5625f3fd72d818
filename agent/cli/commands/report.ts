import { formatDuration, formatInstant } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { addFigures, type Figures, freshShare, meanRecoveryMs, successRate } from '../../../shared/report.ts'
import { percentText } from '../../../shared/report-words.ts'
import { readBrandNames } from '../../freshness/brand-names.ts'
import { type BrandReport, type Compared, readReport } from '../../freshness/report.ts'
import { readSurroundings } from '../../freshness/surroundings.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { listOrganizations } from '../../store/organizations.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { groupAsked, groupInUseAsked } from '../group-flag.ts'
import { brandNamed, organizationNamed } from '../lookup.ts'
import type { Printer } from '../output/printer.ts'
import type { Cell, Column } from '../output/table.ts'
import { type Session, withSession } from '../session.ts'

export interface ReportFlags extends GlobalFlags {
  readonly brand?: string
  readonly group?: string
  readonly org?: string
  readonly days?: string
  readonly at?: string
  readonly zone?: string
  readonly daily?: boolean
  readonly csv?: boolean
}

/** Brands in one statement. */
const brandsInOneGo = 8

interface Told {
  readonly asOf: Date
  readonly from: Date
  readonly brands: readonly (BrandReport & { readonly organization: string })[]
  readonly pages: readonly { readonly key: string; readonly label: string }[]
}

/** `pm report`: how fresh the data was, of one brand or of all; the worst first. */
export async function showReport(context: CliContext, flags: ReportFlags): Promise<void> {
  const days = daysOf(flags.days)
  if (flags.csv === true && flags.json === true) {
    throw new Problem('invalid_input', 'Choose one form of the answer.', { field: '--csv', fix: '--csv or --json' })
  }
  await withSession(context, flags, 'read', async (session) => {
    const told = await readAll(session, flags, days)
    if (flags.csv === true) {
      context.stdout.write(csvOf(told))
      return
    }
    const total = addFigures(told.brands)
    const { asOf, from, pages, brands } = told
    session.print.answer({ asOf, from, days, pages, total, brands }, () => printReport(session.print, told, days))
  })
}

function daysOf(text: string | undefined): number {
  const days = Number(text ?? 30)
  if ([7, 30, 90].includes(days)) return days
  throw new Problem('invalid_input', `"${text}" is no length of a report.`, {
    field: '--days',
    value: text,
    fix: 'Use 7, 30 or 90.',
  })
}

async function readAll(
  { database, catalog, settings, context }: Session,
  flags: ReportFlags,
  days: number,
): Promise<Told> {
  const { catalog: known } = await readSurroundings(database, catalog, settings.leaseSeconds)
  const zone = flags.zone ?? settings.defaultTimeZone
  const on: 'daily' | 'weekdays' = flags.daily === true ? 'daily' : 'weekdays'
  const about = { catalog: known, days, at: flags.at ?? '09:00', zone, on }
  const scopes = await scopesOf({ database }, flags)
  const brands: Told['brands'][number][] = []
  const pages = [...known.pages.values()].map(({ key, label }) => ({ key, label }))
  const now = await databaseNow(database)
  let times = { asOf: now, from: new Date(now.getTime() - days * 86_400_000) }
  for (const { organization, all } of scopes) {
    for (let place = 0; place < all.length; place += brandsInOneGo) {
      const report = await readReport(database, context.clock, {
        ...about,
        brands: all.slice(place, place + brandsInOneGo),
      })
      times = { asOf: report.asOf, from: report.from }
      brands.push(...report.brands.map((brand) => ({ ...brand, organization })))
    }
  }
  return { ...times, pages, brands: brands.toSorted(worstFirst) }
}

interface Scope {
  readonly organization: string
  readonly all: readonly { readonly id: string; readonly name: string }[]
}

async function scopesOf({ database }: Pick<Session, 'database'>, flags: ReportFlags): Promise<Scope[]> {
  const asked = flags.org === undefined ? null : await organizationNamed(database, flags.org)
  if (flags.brand !== undefined) {
    await groupAsked(database, flags)
    const { id, name, organizationName } = await brandNamed(database, flags.brand, asked?.id)
    return [{ organization: organizationName, all: [{ id, name }] }]
  }
  const brandIds = await groupInUseAsked(database, flags, asked?.id)
  const organizations = asked === null ? await listOrganizations(database) : [asked]
  return Promise.all(
    organizations.map(async ({ id, name }) => ({
      organization: name,
      all: (await readBrandNames(database, id)).brands.filter(
        (brand) => brandIds === null || brandIds.includes(brand.id),
      ),
    })),
  )
}

/** Of what is judged the least fresh first. */
function worstFirst(left: BrandReport, right: BrandReport): number {
  return (freshShare(left) ?? 2) - (freshShare(right) ?? 2) || left.name.localeCompare(right.name)
}

const columns: Column[] = [
  { title: 'name', shrinksTo: 16 },
  { title: 'fresh', align: 'right' },
  { title: 'before', align: 'right', mayGo: true },
  { title: 'went stale', align: 'right' },
  { title: 'longest', align: 'right' },
  { title: 'stale in all', align: 'right', mayGo: true },
  { title: 'to recovery', align: 'right', mayGo: true },
  { title: 'succeeded', align: 'right' },
]

function printReport(print: Printer, { asOf, from, brands, pages }: Told, days: number): void {
  const total = addFigures(brands)
  const share = freshShare(total)
  print.line(
    share === null
      ? `Nothing is known of the last ${days} days: no dataset with a maximum age has succeeded yet.`
      : `Over the last ${days} days the data was fresh for ${percentText(share)} of the time; it went stale ${total.timesStale === 1 ? 'once' : `${total.timesStale} times`}.`,
  )
  print.line(`${formatInstant(from)} to ${formatInstant(asOf)}, judged by the maximum ages of today.`)
  const [only, ...others] = brands
  if (only === undefined) return
  if (others.length === 0) {
    if (only.since !== null) print.line(`There is a history since ${formatInstant(only.since)}.`)
    print.table(
      columns,
      only.datasets.map((dataset) => [dataset.label, ...cellsOf(dataset)]),
    )
    for (const [place, { ready, of }] of only.readyAt.entries()) {
      if (of > 0) print.line(`${pages[place]?.label ?? ''} was ready on ${ready} of ${of} days.`)
    }
    return
  }
  print.table(
    columns,
    brands.map((brand) => [brand.name, ...cellsOf(brand)]),
  )
}

function cellsOf(figures: Compared): Cell[] {
  const { before, timesStale, longestMs, staleMs } = figures
  const length = (ms: number | null): string | null => (ms === null || ms === 0 ? null : formatDuration(ms))
  const percent = (value: number | null): string | null => (value === null ? null : percentText(value))
  return [
    percent(freshShare(figures)),
    before === null ? null : percent(freshShare(before)),
    timesStale,
    length(longestMs),
    length(staleMs),
    length(meanRecoveryMs(figures)),
    percent(successRate(figures)),
  ]
}

/** A line for each dataset of each brand. */
function csvOf({ brands }: Told): string {
  const head =
    'organization,brand,dataset,max_age_hours,fresh_share,fresh_share_before,times_stale,longest_stale_seconds,stale_seconds,mean_recovery_seconds,attempts,successes,since'
  const lines = brands.flatMap(({ organization, name, datasets }) =>
    datasets.map((one) =>
      [organization, name, one.dataset, one.maxAgeHours ?? '', ...csvFigures(one)].map(csvField).join(','),
    ),
  )
  return `${[head, ...lines].join('\r\n')}\r\n`
}

function csvFigures(one: Figures & Compared): (string | number)[] {
  const share = (figures: Figures | null): string => (figures === null ? '' : (freshShare(figures)?.toFixed(5) ?? ''))
  const recovery = meanRecoveryMs(one)
  return [
    share(one),
    share(one.before),
    one.timesStale,
    Math.round(one.longestMs / 1_000),
    Math.round(one.staleMs / 1_000),
    recovery === null ? '' : Math.round(recovery / 1_000),
    one.attempts,
    one.successes,
    one.since?.toISOString() ?? '',
  ]
}

/** RFC 4180; what a spreadsheet would take for a formula gets an apostrophe in front. */
function csvField(value: string | number): string {
  const text = String(value)
  const harmless = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

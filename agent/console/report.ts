import type { ReportDataset, ReportFigures } from '../../shared/contract/report.ts'
import { Problem } from '../../shared/errors.ts'
import { type Figures, freshShare } from '../../shared/report.ts'
import { type Compared, type DatasetReport, readReport } from '../freshness/report.ts'
import { readSurroundings } from '../freshness/surroundings.ts'
import { readBrandsIn, requireScope } from './brand-scope.ts'
import { procedures } from './procedures.ts'

/** Brands in one call, by the days of a window: each has up to 50 datasets with an attempt an hour. See docs/performance.md. */
export const brandsPerCall: Readonly<Record<7 | 30 | 90, number>> = { 7: 40, 30: 20, 90: 8 }

const brands = procedures.report.brands.handler(async ({ context, input }) => {
  const { days, at, zone, on, withDatasets, cursor } = input
  const scope = await requireScope(context, input)
  const { database, catalog, settings, clock } = context.services
  const [{ catalog: known }, all] = await Promise.all([
    readSurroundings(database, catalog, settings.leaseSeconds),
    readBrandsIn(database, scope),
  ])
  const after = readCursor(cursor)
  const rest = all
    .filter(({ id }) => after === null || id > after)
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
  const these = rest.slice(0, brandsPerCall[days])
  const report = await readReport(database, clock, { catalog: known, brands: these, days, at, zone, on })
  return {
    asOf: report.asOf,
    from: report.from,
    pages: report.pages.map(({ key, label }) => ({ key, label })),
    total: all.length,
    brands: report.brands.map(({ id, name, datasets, readyAt, ...compared }) => ({
      id,
      name,
      ...told(compared),
      worst: datasets[0] !== undefined && datasets[0].staleMs > 0 ? datasets[0].label : null,
      readyAt: [...readyAt],
      datasets: withDatasets ? datasets.map(datasetTold) : null,
    })),
    nextCursor: rest.length > these.length ? (these.at(-1)?.id ?? null) : null,
  }
})

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @throws Problem `invalid_input` for what was not given out. */
function readCursor(cursor: string | null): string | null {
  if (cursor === null || uuid.test(cursor)) return cursor
  throw new Problem('invalid_input', 'cursor: is not one that this call has given out', {
    field: 'cursor',
    value: cursor,
    fix: 'Leave it out to start from the first brand.',
  })
}

function datasetTold({ dataset, label, maxAgeHours, due, ...compared }: DatasetReport): ReportDataset {
  return { dataset, label, maxAgeHours, due, ...told(compared) }
}

function told({ before, since, ...figures }: Compared) {
  return { ...inSeconds(figures), since, before: before === null ? null : inSeconds(before) }
}

function inSeconds(figures: Figures): ReportFigures {
  const { judgedMs, staleMs, longestMs, recoveryMs, ...counts } = figures
  const { timesStale, recoveries, attempts, successes, judged, staleNow } = counts
  return {
    judgedSeconds: seconds(judgedMs),
    staleSeconds: seconds(staleMs),
    freshShare: freshShare(figures),
    timesStale,
    longestStaleSeconds: seconds(longestMs),
    recoveries,
    recoverySeconds: seconds(recoveryMs),
    attempts,
    successes,
    judged,
    staleNow,
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000)
}

export const report = { brands }

import type { ExternalRunFilterInput } from '../../../../shared/contract/external-runs.ts'
import { externalSources, externalStatuses } from '../../../../shared/external-runs.ts'
import { choicesFilter, textFilter } from '../../../app/filters.ts'
import type { Place } from '../../../client/asking.ts'
import { boundsOf, timeRangeFilter } from '../../../components/time-range.ts'

/** The filters of runs of other programs as they stand in the URL; the brand is chosen in the header. */
export const externalFilterCodecs = {
  result: choicesFilter(externalStatuses),
  by: choicesFilter(externalSources),
  range: timeRangeFilter('24h'),
  text: textFilter,
}

export interface ExternalFilters {
  readonly result: readonly (typeof externalStatuses)[number][]
  readonly by: readonly (typeof externalSources)[number][]
  readonly range: string
  readonly text: string
}

export const sourceWords: Readonly<Record<(typeof externalSources)[number], string>> = {
  lineage: 'OpenLineage',
  ping: 'Ping',
  dbt: 'dbt',
}

/** What the server is asked for; what it would refuse is left out. */
export function externalFilterOf(
  scope: Place,
  { result, by, range, text }: ExternalFilters,
  now: Date,
): ExternalRunFilterInput {
  const { organizationId, brandId, group } = scope
  return {
    organizationId,
    brandId: brandId !== null && isId(brandId) ? brandId : null,
    group,
    results: [...result],
    sources: [...by],
    ...boundsOf(range, now),
    text: text.slice(0, 200),
  }
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

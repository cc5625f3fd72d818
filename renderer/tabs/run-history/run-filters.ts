import type { RunFilterInput, RunRow } from '../../../shared/contract/runs.ts'
import { triggerSources } from '../../../shared/domain.ts'
import { choiceFilter, choicesFilter, textFilter, wordsFilter } from '../../app/filters.ts'
import type { Place } from '../../client/asking.ts'
import { boundsOf, timeRangeFilter } from '../../components/time-range.ts'

/** In the order in which charts stack them: what needs somebody is at the bottom, where heights can be compared. */
export const results = ['failed', 'warnings', 'completed', 'cancelled', 'running'] as const
export type Result = (typeof results)[number]

export const attemptChoices = ['any', 'first', 'retry'] as const

/** The filters of Run history as they stand in the URL; the brand is chosen in the header. */
export const runFilterCodecs = {
  result: choicesFilter(results),
  type: wordsFilter,
  trigger: choicesFilter(triggerSources),
  agent: wordsFilter,
  attempt: choiceFilter(attemptChoices, 'any'),
  range: timeRangeFilter('24h'),
  job: textFilter,
  backfill: textFilter,
  text: textFilter,
}

export interface RunFilters {
  readonly result: readonly Result[]
  readonly type: readonly string[]
  readonly trigger: readonly NonNullable<RunRow['triggerSource']>[]
  readonly agent: readonly string[]
  readonly attempt: (typeof attemptChoices)[number]
  readonly range: string
  readonly job: string
  readonly backfill: string
  readonly text: string
}

/** What the server is asked for. Ids and lengths it would refuse are left out: a link from elsewhere must not break the page. */
export function runFilterOf(scope: Place, filters: RunFilters, now: Date): RunFilterInput {
  const { from, to } = boundsOf(filters.range, now)
  return {
    organizationId: scope.organizationId,
    brandId: scope.brandId !== null && isId(scope.brandId) ? scope.brandId : null,
    group: scope.group,
    jobTypes: filters.type.filter((type) => type.length <= 200).slice(0, 100),
    results: [...filters.result],
    triggers: [...filters.trigger],
    agentIds: filters.agent.filter(isId).slice(0, 50),
    attempts: filters.attempt,
    jobId: isId(filters.job) ? filters.job : null,
    backfillId: isId(filters.backfill) ? filters.backfill : null,
    from,
    to,
    text: filters.text.slice(0, 200),
  }
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

import type { InferContractRouterOutputs } from '@orpc/contract'
import { useQuery } from '@tanstack/react-query'
import type { Contract } from '../../../shared/contract/index.ts'
import type { PingState } from '../../../shared/pings/check.ts'
import { useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { counted, countText } from '../../components/counts.ts'
import { useHooks } from './hooks/use-hooks.ts'
import type { SourcesPart } from './parts.ts'
import { useChecks } from './pings/check-list.ts'

type Lineage = InferContractRouterOutputs<Contract>['sources']['lineage']

/** The sentence of the part that is shown, from what that part asks for anyway. */
export function SourcesAnswer({ part }: { part: SourcesPart }) {
  if (part === 'lineage') return <LineageAnswer />
  if (part === 'pings') return <PingsAnswer />
  if (part === 'hooks') return <HooksAnswer />
  return <AnswerLine>Results of dbt are read from the files of a run.</AnswerLine>
}

function LineageAnswer() {
  const organizationId = useOrganizationId()
  const { data, isPending } = useQuery(useQueries().sources.lineage.queryOptions({ input: { organizationId } }))
  return (
    <AnswerLine isLoading={isPending}>
      {data === undefined ? 'Who reports by OpenLineage is not known now.' : lineageAnswer(data)}
    </AnswerLine>
  )
}

function PingsAnswer() {
  const { data, isPending } = useChecks()
  return (
    <AnswerLine isLoading={isPending}>
      {data === undefined ? 'Which jobs ping is not known now.' : pingsAnswer(data.checks)}
    </AnswerLine>
  )
}

function HooksAnswer() {
  const { data, isPending } = useHooks()
  return (
    <AnswerLine isLoading={isPending}>
      {data === undefined ? 'Which hooks there are is not known now.' : hooksAnswer(data.hooks)}
    </AnswerLine>
  )
}

/** "2 programs report by OpenLineage. 3 names they write to are not mapped yet." */
export function lineageAnswer({
  reporters,
  mappings,
  unmappedTotal,
}: Pick<Lineage, 'reporters' | 'mappings' | 'unmappedTotal'>): string {
  if (reporters.length === 0 && mappings.length === 0 && unmappedTotal === 0) {
    return 'Nobody has reported by OpenLineage yet.'
  }
  const who =
    reporters.length === 1
      ? 'One program reports by OpenLineage'
      : `${countText(reporters.length)} programs report by OpenLineage`
  if (unmappedTotal === 0) return `${who}. Every name they write to is mapped.`
  const names =
    unmappedTotal === 1 ? 'One name they write to is' : `${countText(unmappedTotal)} names they write to are`
  return `${who}. ${names} not mapped yet, so ${unmappedTotal === 1 ? 'it refreshes' : 'they refresh'} nothing.`
}

/** "12 checks: 1 is down, 2 are late." */
export function pingsAnswer(checks: readonly { readonly state: PingState }[]): string {
  if (checks.length === 0) return 'No job of another program pings here.'
  const told = (
    [
      ['down', 'down'],
      ['grace', 'late'],
      ['paused', 'paused'],
    ] as const
  ).flatMap(([state, word]) => {
    const count = checks.filter((check) => check.state === state).length
    return count === 0 ? [] : [`${countText(count)} ${count === 1 ? 'is' : 'are'} ${word}`]
  })
  return `${counted(checks.length, 'check')}: ${told.length === 0 ? 'none is down or late' : told.join(', ')}.`
}

/** "3 hooks, 1 switched off." */
export function hooksAnswer(hooks: readonly { readonly enabled: boolean }[]): string {
  if (hooks.length === 0) return 'No other program can queue jobs here yet.'
  const off = hooks.filter(({ enabled }) => !enabled).length
  return `${counted(hooks.length, 'hook')}${off === 0 ? '' : `, ${countText(off)} switched off`}.`
}

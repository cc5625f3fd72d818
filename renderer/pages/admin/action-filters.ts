import type { InferContractRouterInputs } from '@orpc/contract'
import type { Contract } from '../../../shared/contract/index.ts'
import { type ActionName, actionWords, type SubjectType, subjectWords } from '../../../shared/operator-actions.ts'
import { choiceFilter, choicesFilter, textFilter } from '../../app/filters.ts'
import { boundsOf, timeRangeFilter } from '../../components/time-range.ts'

type ActionsInput = InferContractRouterInputs<Contract>['admin']['actions']

// The keys of constant tables.
const subjects = Object.keys(subjectWords) as SubjectType[]
const actions = Object.keys(actionWords) as ActionName[]

export const subjectChoices = subjects.map((value) => ({ value, label: subjectWords[value] }))
export const actionChoices = actions.map((value) => ({ value, label: actionWords[value] }))

/** The filters of the record as they stand in the URL of the Admin page. */
export const actionFilterCodecs = {
  whose: choiceFilter(['this', 'all'], 'this'),
  who: textFilter,
  thing: choicesFilter(subjects),
  did: choicesFilter(actions),
  named: textFilter,
  range: timeRangeFilter(''),
}

export interface ActionFilters {
  readonly whose: 'this' | 'all'
  readonly who: string
  readonly thing: readonly SubjectType[]
  readonly did: readonly ActionName[]
  readonly named: string
  readonly range: string
}

/** What the server is asked for, without a page. Lengths it would refuse are cut: a link from elsewhere must not break the page. */
export function actionFilterOf(organizationId: string, filters: ActionFilters, now: Date): ActionsInput {
  return {
    organizationId: filters.whose === 'all' ? null : organizationId,
    operator: filters.who.slice(0, 200),
    subjectTypes: [...filters.thing],
    actions: [...filters.did],
    text: filters.named.slice(0, 200),
    ...boundsOf(filters.range, now),
  }
}

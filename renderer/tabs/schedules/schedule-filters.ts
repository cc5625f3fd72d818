import { jobStates, lastResults } from '../../../shared/domain.ts'
import { choiceFilter, choicesFilter, textFilter, wordsFilter } from '../../app/filters.ts'

export const scheduleOrders = ['next_run', 'name', 'last_finished', 'urgency'] as const
export type ScheduleOrder = (typeof scheduleOrders)[number]

/** As they stand in the URL; the brand is chosen in the header. */
export const scheduleFilterCodecs = {
  state: choicesFilter(jobStates),
  last: choicesFilter(lastResults),
  type: wordsFilter,
  text: textFilter,
}

/** Not a filter: clearing filters keeps it. */
export const scheduleOrder = choiceFilter(scheduleOrders, 'next_run')

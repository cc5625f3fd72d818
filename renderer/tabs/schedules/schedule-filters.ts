import { lastResults } from '../../../shared/domain.ts'
import { choiceFilter, choicesFilter, textFilter, wordsFilter } from '../../app/filters.ts'

/** States a schedule can be in, in the order of how much they matter. */
export const scheduleStates = ['running', 'retrying', 'dead', 'active', 'paused', 'completed', 'archived'] as const

export const scheduleOrders = ['next_run', 'name', 'last_finished', 'urgency'] as const
export type ScheduleOrder = (typeof scheduleOrders)[number]

/** As they stand in the URL; the brand is chosen in the header. */
export const scheduleFilterCodecs = {
  state: choicesFilter(scheduleStates),
  last: choicesFilter(lastResults),
  type: wordsFilter,
  text: textFilter,
}

/** Not a filter: clearing filters keeps it. */
export const scheduleOrder = choiceFilter(scheduleOrders, 'next_run')

import { jobStates, lastResults } from '../../../shared/domain.ts'
import { choiceFilter, choicesFilter, textFilter, wordsFilter } from '../../app/filters.ts'

/** As they stand in the URL; the brand is chosen in the header. */
export const jobFilterCodecs = {
  state: choicesFilter(jobStates),
  last: choicesFilter(lastResults),
  type: wordsFilter,
  kind: choiceFilter(['all', 'recurring', 'one_time'], 'all'),
  text: textFilter,
}

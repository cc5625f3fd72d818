import { jobStates } from '../../../shared/domain.ts'
import { choiceFilter, choicesFilter, textFilter } from '../../app/filters.ts'

/** The one job type of this page; the preset has it, and an organization's own file says what runs. */
export const adCreation = 'ad_creation'

export const adJobFilterCodecs = {
  kind: choiceFilter(['all', 'recurring', 'one_time'], 'all'),
  /** None chosen = all but archived ones (J12). */
  state: choicesFilter(jobStates),
  product: textFilter,
  text: textFilter,
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Products have the ids of another program, which are all that is known of them here. */
export function isProductId(text: string): boolean {
  return guid.test(text)
}

import { type AdOrder, adOrders } from '../../../shared/ad-orders.ts'
import { choiceFilter, textFilter } from '../../app/filters.ts'

export const windows = [
  { value: '30', label: 'Last 30 days' },
  { value: '7', label: 'Last 7 days' },
  { value: '14', label: 'Last 14 days' },
  { value: '90', label: 'Last 90 days' },
  { value: '365', label: 'Last 365 days' },
] as const

/** What narrows, and is taken away by "Clear filters". */
export const adFilterCodecs = {
  days: choiceFilter(
    windows.map(({ value }) => value),
    '30',
  ),
  text: textFilter,
  account: textFilter,
}

export const adSortCodecs = {
  order: choiceFilter(adOrders, 'spend'),
  direction: choiceFilter(['descending', 'ascending'], 'descending'),
}

export interface AdFilters {
  readonly days: string
  readonly text: string
  readonly account: string
}

export interface AdSort {
  readonly order: AdOrder
  readonly direction: 'descending' | 'ascending'
}

/** As the server is asked. What it would refuse is left out: a link from elsewhere must not break a page. */
export function adQuestion(brandId: string, { days, text, account }: AdFilters) {
  return {
    brandId,
    days: Number(days),
    text: text.slice(0, 200),
    accountId: account === '' || account.length > 100 ? null : account,
  }
}
export type AdQuestion = ReturnType<typeof adQuestion>

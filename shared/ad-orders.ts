/** What ads can be ordered by; each is a number of the whole window. Apart from the contract, so that pages do without its schemas. */
export const adOrders = [
  'spend',
  'revenue',
  'roas',
  'purchases',
  'cost_per_purchase',
  'ctr',
  'clicks',
  'impressions',
  'add_to_carts',
] as const
export type AdOrder = (typeof adOrders)[number]

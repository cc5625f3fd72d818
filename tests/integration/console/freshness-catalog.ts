import { testCatalog } from '../../support/console-catalog.ts'

/** What the tests of freshness know of datasets, and who wants them how fresh. */
export const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24, label: 'Orders' }, ads: {}, hooks: {}, raw: {}, visits: { maxAgeHours: 2 } },
  jobTypes: {
    load_orders: { datasets: ['orders', { dataset: 'hooks', when: 'classify' }] },
    load_ads: { datasets: ['ads'] },
    load_visits: { datasets: ['visits'] },
  },
  pages: {
    report: [{ dataset: 'ads', maxAgeHours: 12, fix: { jobType: 'load_ads', parameters: {} } }],
    strict: [{ dataset: 'ads', maxAgeHours: 6, fix: { jobType: 'load_ads', parameters: {} } }],
  },
})

export const inHours = (hours: number): Date => new Date(Date.now() + hours * 3_600_000)
/** Of whatever kind: there is none. */
export const nobody = '00000000-0000-4000-8000-00000000dead'

import type { AdRow } from '../../../shared/contract/ads.ts'
import { useClient } from '../../client/context.tsx'
import { counted } from '../../components/counts.ts'
import { csvFile, csvRow } from '../../components/csv.ts'
import { CsvButton } from '../../components/csv-button.tsx'
import { notifyDone } from '../../components/notify.ts'
import { saveFile } from '../../components/save-file.ts'
import { useDownload } from '../../components/use-download.ts'
import type { AdQuestion, AdSort } from './ad-filters.ts'

const pageSize = 500

const header = [
  'ad_id',
  'ad',
  'campaign',
  'account_id',
  'status',
  'currency',
  'spend',
  'revenue',
  'roas',
  'purchases',
  'cost_per_purchase',
  'impressions',
  'clicks',
  'ctr',
  'add_to_carts',
]

function fieldsOf(ad: AdRow): string[] {
  const { spend, revenue, roas, purchases, costPerPurchase, impressions, clicks, ctr, addToCarts } = ad
  const words = [ad.adId, ad.name, ad.campaign, ad.accountId, ad.status, ad.currency].map((word) => word ?? '')
  const numbers = [spend, revenue, roas, purchases, costPerPurchase, impressions, clicks, ctr, addToCarts]
  return [...words, ...numbers.map((number) => (number === null ? '' : String(number)))]
}

/** Saves every ad that matches, in the order of the list; the file says the window in its name. */
export function ExportAds({ question, sort, isEmpty }: { question: AdQuestion; sort: AdSort; isEmpty: boolean }) {
  const client = useClient()
  const { isRunning, start } = useDownload(async (signal) => {
    const lines = [csvRow(header)]
    let cursor: string | null = null
    let range = ''
    do {
      const input = { ...question, ...sort, cursor, limit: pageSize }
      const page: Awaited<ReturnType<typeof client.ads.performance>> = await client.ads.performance(input, { signal })
      lines.push(...page.ads.map((ad) => csvRow(fieldsOf(ad))))
      range = `${page.window.since}-${page.window.until}`
      cursor = page.nextCursor
    } while (cursor !== null)
    saveFile(`ads-${range}.csv`, csvFile(lines))
    notifyDone(`Exported ${counted(lines.length - 1, 'ad')} as CSV.`)
  })
  return <CsvButton isRunning={isRunning} isEmpty={isEmpty} onClick={start} />
}

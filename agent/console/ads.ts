import { Buffer } from 'node:buffer'
import { adOrders } from '../../shared/ad-orders.ts'
import type { AdRow } from '../../shared/contract/ads.ts'
import { addDays, countDays, dayIn } from '../connectors/meta/days.ts'
import {
  type AccountDay,
  type AdFacts,
  type AdPlace,
  type AdTotals,
  type AdWindow,
  countAds,
  getAdPreview,
  listAdFacts,
  pageAdTotals,
  sumAccountDays,
} from '../store/ad-performance.ts'
import { type BrandAdAccount, listBrandAdAccounts } from '../store/brand-ad-accounts.ts'
import { databaseNow } from '../store/database-clock.ts'
import { requireBrand } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { notACursor } from './jobs-cursor.ts'
import { procedures } from './procedures.ts'

/** A line of this many points says as much as a longer one. */
const mostPoints = 30
/** Larger images are not sent: a preview is for looking at in passing. */
const mostPreviewBytes = 4_000_000

interface Question {
  readonly brandId: string
  readonly days: number
  readonly text: string
  readonly accountId: string | null
}

/** The window as days of the primary account's zone, which is how Meta counts them; UTC where nobody has said. */
async function askedOf({ services: { database } }: ConsoleContext, question: Question) {
  const { brandId, days, accountId } = question
  const [accounts, asOf] = await Promise.all([listBrandAdAccounts(database, brandId), databaseNow(database)])
  const account = accounts.find((one) => accountId === null || bare(one.accountId) === bare(accountId))
  const timeZone = account?.timeZone ?? 'UTC'
  const until = dayIn(timeZone, asOf)
  const window = { since: addDays(until, 1 - days), until, timeZone }
  const asked: AdWindow = { brandId, since: window.since, until, text: question.text.trim(), accountId }
  return { asOf, accounts, window, asked }
}

function bare(accountId: string): string {
  return accountId.replace(/^act_/, '')
}

/** Rows of older programs name no currency; then it is that of their account. */
function currencyOf(
  row: { readonly accountId: string; readonly currency: string | null },
  accounts: readonly BrandAdAccount[],
): string | null {
  return row.currency ?? accounts.find((one) => bare(one.accountId) === bare(row.accountId))?.currency ?? null
}

const performance = procedures.ads.performance.handler(async ({ context, input }) => {
  await requireBrand(context, input.brandId)
  const { database } = context.services
  const { asOf, accounts, window, asked } = await askedOf(context, input)
  const { order, direction, limit } = input
  const question = { ...asked, order, isAscending: direction === 'ascending' }
  const after = readCursor(`${order} ${direction}`, input.cursor)
  const found = await pageAdTotals(database, { ...question, after, limit: limit + 1 })
  const page = found.slice(0, limit)
  const points = Math.min(mostPoints, input.days)
  const facts = new Map(
    (
      await listAdFacts(
        database,
        asked,
        page.map(({ adId }) => adId),
        points,
      )
    ).map((ad) => [ad.adId, ad]),
  )
  const last = found.length > limit ? page.at(-1) : undefined
  return {
    asOf,
    window,
    ads: page.map((totals) =>
      adRow(totals, facts.get(totals.adId), { currency: currencyOf(totals, accounts), points }),
    ),
    nextCursor: last === undefined ? null : writeCursor(`${order} ${direction}`, last.place),
  }
})

function adRow(
  { place: _place, ...totals }: AdTotals,
  facts: AdFacts | undefined,
  { currency, points }: { readonly currency: string | null; readonly points: number },
): AdRow {
  const { name = null, campaign = null, status = null, hasPreview = false, spent = {} } = facts ?? {}
  const spendSeries = Array.from({ length: points }, (_, part) => spent[part] ?? 0)
  return { ...totals, currency, name, campaign, status, hasPreview, spendSeries }
}

const place = new RegExp(`^(${adOrders.join('|')}) (descending|ascending) (-?[\\d.]{1,60}|null) ([^]{1,200})$`)

function writeCursor(order: string, { value, adId }: AdPlace): string {
  return Buffer.from(`${order} ${value ?? 'null'} ${adId}`).toString('base64url')
}

/** @throws Problem `invalid_input` for what was not given out, or for another order (bad input 30). */
function readCursor(order: string, cursor: string | null): AdPlace | null {
  if (cursor === null) return null
  const [, name, direction, value = '', adId = ''] = place.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const isNumber = value === 'null' || Number.isFinite(Number(value))
  if (`${name} ${direction}` !== order || !isNumber || adId.includes('\0')) throw notACursor(cursor)
  return { value: value === 'null' ? null : value, adId }
}

const summary = procedures.ads.summary.handler(async ({ context, input }) => {
  const brand = await requireBrand(context, input.brandId)
  const { database } = context.services
  const { asOf, accounts, window, asked } = await askedOf(context, input)
  const [accountDays, counts] = await Promise.all([sumAccountDays(database, asked), countAds(database, asked)])
  const days = Array.from({ length: countDays(window) }, (_, index) => addDays(window.since, index))
  const byCurrency = Map.groupBy(accountDays, (row) => currencyOf(row, accounts))
  const currencies = [...byCurrency].map(([currency, rows]) => ({
    currency,
    ads: counts.filter((row) => currencyOf(row, accounts) === currency).reduce((sum, { ads }) => sum + ads, 0),
    totals: figuresOf(rows),
    days: daysOf(rows, days),
  }))
  return {
    asOf,
    brand: { id: brand.id, name: brand.name },
    window,
    currencies: currencies.toSorted((one, other) => other.totals.spend - one.totals.spend),
    accounts: accounts.map(({ accountId, name, currency, timeZone, isPrimary }) => ({
      accountId,
      name,
      currency,
      timeZone,
      isPrimary,
    })),
  }
})

/** The columns keep four decimals; what adding them in binary brings beyond that is not theirs. */
const columnScale = 10_000
const summed = ['spend', 'revenue', 'purchases', 'impressions', 'clicks', 'addToCarts'] as const

function sumsOf(rows: readonly AccountDay[]): Record<(typeof summed)[number], number> {
  const sums = { spend: 0, revenue: 0, purchases: 0, impressions: 0, clicks: 0, addToCarts: 0 }
  for (const row of rows) for (const figure of summed) sums[figure] += row[figure]
  for (const figure of summed) sums[figure] = Math.round(sums[figure] * columnScale) / columnScale
  return sums
}

function figuresOf(rows: readonly AccountDay[]) {
  const sums = sumsOf(rows)
  const { spend, revenue, purchases, impressions, clicks } = sums
  return {
    ...sums,
    roas: divided(revenue, spend),
    costPerPurchase: divided(spend, purchases),
    ctr: divided(clicks, impressions),
  }
}

function divided(dividend: number, divisor: number): number | null {
  return divisor === 0 ? null : dividend / divisor
}

/** Each day of the window; one without rows has nothing. */
function daysOf(rows: readonly AccountDay[], days: readonly string[]) {
  const byDay = Map.groupBy(rows, ({ day }) => day)
  return days.map((day) => {
    const { spend, revenue, purchases } = sumsOf(byDay.get(day) ?? [])
    return { day, spend, revenue, purchases }
  })
}

const preview = procedures.ads.preview.handler(async ({ context, input: { brandId, adId } }) => {
  await requireBrand(context, brandId)
  const { database, storage } = context.services
  const found = await getAdPreview(database, brandId, adId)
  const contentType = found?.contentType ?? ''
  if (found === null || !contentType.startsWith('image/') || (found.bytes ?? 0) > mostPreviewBytes)
    return { image: null }
  // Another agent may have fetched it.
  if ((await storage().stat(found.key)) === null) return { image: null }
  const parts: Uint8Array[] = []
  for await (const part of storage().read(found.key)) parts.push(part)
  return { image: { contentType, base64: Buffer.concat(parts).toString('base64') } }
})

export const ads = { performance, summary, preview }

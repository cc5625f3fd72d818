import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AdOrder, adOrders } from '../../../shared/ad-orders.ts'
import { addAccount, addAd, addAdDays } from '../../support/ad-rows.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'

let pm: TestConsole
let brandId: string
beforeAll(async () => {
  pm = await createTestConsole()
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brandId = (await addOpenBrand(pm.sql)).brandId
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations cascade')
})

async function everyAd(order: AdOrder, direction: 'descending' | 'ascending', limit: number): Promise<string[]> {
  const seen: string[] = []
  for (let cursor: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof pm.client.ads.performance>> = await pm.client.ads.performance({
      brandId,
      order,
      direction,
      cursor,
      limit,
    })
    seen.push(...page.ads.map(({ adId }) => adId))
    if (page.nextCursor === null) return seen
    cursor = page.nextCursor
  }
}

describe('ads over a window', () => {
  test('figures are sums of the window, ratios of the sums, and nothing else', async () => {
    await addAccount(pm.sql, brandId)
    await addAdDays(pm.sql, brandId, [
      { adId: '1', daysAgo: 0, spend: 10, revenue: 40, purchases: 2, impressions: 100, clicks: 1 },
      { adId: '1', daysAgo: 6, spend: 30, revenue: 40, purchases: 2, impressions: 300, clicks: 7 },
      { adId: '1', daysAgo: 7, spend: 1_000 },
      { adId: '2', daysAgo: 1, spend: null, revenue: null, purchases: 0, impressions: 0, clicks: 0 },
    ])
    const { ads, window } = await pm.client.ads.performance({ brandId, days: 7 })
    expect(ads.map(({ adId }) => adId)).toEqual(['1', '2'])
    expect(ads[0]).toMatchObject({ spend: 40, revenue: 80, roas: 2, purchases: 4, costPerPurchase: 10, ctr: 0.02 })
    expect(ads[0]?.spendSeries).toEqual([30, 0, 0, 0, 0, 0, 10])
    expect(ads[1]).toMatchObject({ spend: 0, roas: null, costPerPurchase: null, ctr: null })
    expect(window.timeZone).toBe('UTC')
  })

  test.each(adOrders)(
    'by %s, pages come one after another without a gap or a double, in both directions',
    async (order) => {
      await addAdDays(
        pm.sql,
        brandId,
        Array.from({ length: 11 }, (_, n) => ({
          adId: String(n),
          daysAgo: 1,
          // Thirds have no end as decimals, some are the same, and some ads have nothing to divide by.
          spend: n % 4 === 0 ? 0 : (n % 3) + 1 / 3,
          purchases: n % 3,
          impressions: n % 5 === 0 ? 0 : 997 + n,
        })),
      )
      for (const direction of ['descending', 'ascending'] as const) {
        const whole = await everyAd(order, direction, 100)
        expect(whole.length).toBe(11)
        expect(await everyAd(order, direction, 2)).toEqual(whole)
      }
    },
  )

  test('bad input 30: a cursor of another order is refused', async () => {
    await addAdDays(pm.sql, brandId, [
      { adId: '1', daysAgo: 1 },
      { adId: '2', daysAgo: 1 },
    ])
    const { nextCursor: cursor } = await pm.client.ads.performance({ brandId, limit: 1 })
    await expect(pm.client.ads.performance({ brandId, cursor, order: 'roas' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await expect(pm.client.ads.performance({ brandId, cursor: 'c3BlbmQ' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  test('an ad is found by any of its names and counts whole; wildcards mean themselves (bad input 28)', async () => {
    await addAdDays(pm.sql, brandId, [
      { adId: '1', daysAgo: 1, name: '100% wool', spend: 1 },
      { adId: '1', daysAgo: 2, name: 'Wool', spend: 2 },
      { adId: '2', daysAgo: 1, name: 'Silk' },
    ])
    const found = async (text: string) => (await pm.client.ads.performance({ brandId, text })).ads
    expect((await found('100%')).map(({ adId, spend }) => [adId, spend])).toEqual([['1', 3]])
    expect((await found('2')).map(({ adId }) => adId)).toEqual(['2'])
    expect(await found('_')).toEqual([])
  })

  test('sums are made for each currency by itself; a row without one has that of its account', async () => {
    await addAccount(pm.sql, brandId)
    await addAccount(pm.sql, brandId, { meta_ad_account_id: 'act_2', is_primary: false, currency: 'JPY' })
    await addAdDays(pm.sql, brandId, [
      { adId: '1', daysAgo: 0, spend: 5 },
      { adId: '2', daysAgo: 0, spend: 7, accountId: '1', currency: null },
      { adId: '3', daysAgo: 0, spend: 500, accountId: 'act_2', currency: 'JPY' },
    ])
    const { currencies, accounts } = await pm.client.ads.summary({ brandId, days: 2 })
    expect(currencies.map(({ currency, ads, totals }) => [currency, ads, totals.spend])).toEqual([
      ['JPY', 1, 500],
      ['EUR', 2, 12],
    ])
    expect(currencies[1]?.days.map(({ spend }) => spend)).toEqual([0, 12])
    expect(accounts.map(({ accountId }) => accountId)).toEqual(['act_1', 'act_2'])
    const { currencies: ofOne } = await pm.client.ads.summary({ brandId, days: 2, accountId: 'act_1' })
    expect(ofOne.map(({ currency }) => currency)).toEqual(['EUR'])
  })

  test('the window is made of days of the account, not of the machine', async () => {
    await addAccount(pm.sql, brandId, { time_zone: 'Pacific/Kiritimati' })
    const { window, asOf } = await pm.client.ads.summary({ brandId, days: 1 })
    const there = new Date(asOf.getTime() + 14 * 3_600_000).toISOString().slice(0, 10)
    expect(window).toEqual({ since: there, until: there, timeZone: 'Pacific/Kiritimati' })
  })

  test('ads of another brand are not there', async () => {
    const other = await addOpenBrand(pm.sql, 'Other')
    await addAdDays(pm.sql, other.brandId, [{ adId: '9', daysAgo: 0 }])
    expect((await pm.client.ads.performance({ brandId })).ads).toEqual([])
  })
})

describe('the image of an ad', () => {
  test('comes from the storage of this agent, and is none where the file is not', async () => {
    const stored = await pm.services.storage().receive('a preview', async (incoming) => {
      await incoming.begin(null)
      await incoming.write(Buffer.from('png'))
      return 'png'
    })
    await addAd(pm.sql, brandId, '1', stored.key)
    await addAd(pm.sql, brandId, '2', `${'0'.repeat(64)}.png`)
    await addAdDays(pm.sql, brandId, [
      { adId: '1', daysAgo: 0 },
      { adId: '3', daysAgo: 0 },
    ])
    const { ads } = await pm.client.ads.performance({ brandId })
    expect(ads.map(({ adId, hasPreview, name, status }) => [adId, hasPreview, name, status])).toEqual([
      ['1', true, 'Newest name of 1', 'PAUSED'],
      ['3', false, 'Ad 3', null],
    ])
    const preview = (adId: string) => pm.client.ads.preview({ brandId, adId })
    expect((await preview('1')).image).toEqual({
      contentType: 'image/png',
      base64: Buffer.from('png').toString('base64'),
    })
    expect((await preview('2')).image).toBeNull()
  })
})

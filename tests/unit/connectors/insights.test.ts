import { describe, expect, test } from 'vitest'
import { addDays, countDays, dayIn, halvesOf, partsOf } from '../../../agent/connectors/meta/days.ts'
import { adDayOf, insightSchema } from '../../../agent/connectors/meta/insight-row.ts'
import { fetchInsights } from '../../../agent/connectors/meta/insights.ts'
import { collected, graphClient, startSimulator } from '../../support/meta.ts'
import { rejection } from '../executors/step-context.ts'

const week = { since: '2026-11-10', until: '2026-11-16' }

describe('days', () => {
  test('a window in parts, and in halves', () => {
    expect(partsOf({ since: '2026-02-25', until: '2026-03-05' }, 7)).toEqual([
      { since: '2026-02-25', until: '2026-03-03' },
      { since: '2026-03-04', until: '2026-03-05' },
    ])
    expect(halvesOf({ since: '2026-03-01', until: '2026-03-03' })).toEqual([
      { since: '2026-03-01', until: '2026-03-01' },
      { since: '2026-03-02', until: '2026-03-03' },
    ])
    expect(halvesOf({ since: '2026-03-01', until: '2026-03-01' })).toBeNull()
  })

  test('today is a matter of the zone, and days have no clock changes', () => {
    const now = new Date('2026-03-29T23:30:00Z')
    expect(dayIn('Europe/Berlin', now)).toBe('2026-03-30')
    expect(dayIn('America/New_York', now)).toBe('2026-03-29')
    expect(addDays('2026-03-30', -1)).toBe('2026-03-29')
    expect(countDays({ since: '2026-03-28', until: '2026-03-30' })).toBe(3)
  })
})

describe('a request that is too large', () => {
  test('for an answer at once: a report run, read from its own edge', async () => {
    await using running = await startSimulator({ syncRows: 69 })
    const rows = await collected(fetchInsights(graphClient(running.simulator).client, '1', week))
    expect(rows).toHaveLength(70)
    expect(running.simulator.requests.filter((request) => request.startsWith('POST'))).toHaveLength(1)
  })

  test('for any request: in halves, until each is small enough', async () => {
    await using running = await startSimulator({ mostRows: 20 })
    const rows = await collected(fetchInsights(graphClient(running.simulator).client, '1', week))
    expect(new Set(rows.map(({ date }) => date)).size).toBe(7)
    expect(rows).toHaveLength(70)
  })

  test('for a report run that ends with "too much data": in halves too', async () => {
    await using running = await startSimulator({ mostRows: 40, syncRows: 0 })
    running.simulator.simulation.faults.plan({ at: 'insights', fault: { kind: 'error', code: 2, subcode: 1_504_018 } })
    const rows = await collected(fetchInsights(graphClient(running.simulator).client, '1', week))
    expect(rows).toHaveLength(70)
  })

  test('a single day that is too much is a failure', async () => {
    await using running = await startSimulator({ mostRows: 9 })
    const failure = await rejection(collected(fetchInsights(graphClient(running.simulator).client, '1', week)))
    expect(failure).toMatchObject({ kind: 'too_much_data' })
  })
})

describe('a row', () => {
  const row = (fields: object) =>
    adDayOf(insightSchema.parse({ ad_id: '1', date_start: '2026-11-10', date_stop: '2026-11-10', ...fields }))

  test('numbers that are texts keep every digit; the same event under several names counts once', () => {
    const purchase = (value: string) => [
      { action_type: 'offsite_conversion.fb_pixel_purchase', value },
      { action_type: 'purchase', value },
      { action_type: 'omni_purchase', value, '7d_click': value },
    ]
    expect(
      row({
        account_currency: 'EUR',
        spend: '12345678901.10',
        impressions: '5000',
        reach: '4000',
        inline_link_clicks: '50',
        actions: [...purchase('3'), { action_type: 'add_to_cart', value: '8' }],
        action_values: purchase('120.50'),
        purchase_roas: [{ action_type: 'omni_purchase', value: '2.5' }],
      }),
    ).toMatchObject({
      currency: 'EUR',
      spend: '12345678901.10',
      impressions: 5_000,
      linkClicks: 50,
      addToCarts: 8,
      purchases: 3,
      purchaseValue: '120.50',
      roas: '2.5',
      videoViews: null,
      videoP25: null,
    })
  })

  test('what is not there is zero, or unknown where nothing can be divided', () => {
    expect(row({})).toMatchObject({
      spend: '0',
      impressions: 0,
      purchases: 0,
      purchaseValue: '0',
      linkCtr: null,
      linkCpc: null,
      roas: null,
      campaignId: null,
      currency: null,
    })
    expect(row({ spend: '10', impressions: '7' })).toMatchObject({ linkCtr: '0', roas: '0.0000' })
  })

  test('an ad name with anything in it arrives, without what Postgres cannot keep', () => {
    const name = `'; drop table ads; -- \u202e \ud800 \0 ${'ü'.repeat(2_000)}`
    expect(row({ ad_name: name }).adName).toMatch(
      /^'; drop table ads; -- \u202e \uFFFD \uFFFD ü{900,} … \d+ characters cut$/,
    )
  })

  test.each([{ spend: 'lots' }, { ad_id: '' }, { date_start: '2026-13-01' }, { actions: 'none' }])(
    'a row with %o is none',
    (fields) => {
      const [place = ''] = Object.keys(fields)
      expect(() => row(fields)).toThrow(place)
    },
  )
})

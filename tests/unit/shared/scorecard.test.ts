import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AdTotals, scorecardOf, scorecardSchema } from '../../../shared/scorecard.ts'
import { changeText, scorecardReport, scorecardSentence } from '../../../shared/scorecard-words.ts'

const windows = {
  brand: 'Brand',
  window: { since: '2026-03-08', until: '2026-03-14' },
  previousWindow: { since: '2026-03-01', until: '2026-03-07' },
}

function ad(adId: string, changes: Partial<AdTotals> = {}): AdTotals {
  const usual = { spend: 100, revenue: 300, purchases: 6, clicks: 100, impressions: 10_000 }
  return { adId, name: `Ad ${adId}`, currency: 'USD', ...usual, ...changes }
}

const score = (current: AdTotals[], previous: AdTotals[] = []) => scorecardOf({ ...windows, current, previous })

describe('what needs attention, and what does well', () => {
  test.each<[string, Partial<AdTotals>, Partial<AdTotals> | null, string[], boolean]>([
    ['sells as it did', {}, {}, [], true],
    ['is new', {}, null, [], true],
    ['sells nothing', { revenue: 0, purchases: 0 }, null, ['no_purchases'], false],
    ['earns less than it costs', { revenue: 90 }, null, ['loses_money'], false],
    ['earns a third less of each unit than before', {}, { revenue: 450 }, ['roas_fell'], true],
    ['earns a little less', {}, { revenue: 400 }, [], true],
    ['is clicked a third less', {}, { clicks: 150 }, ['ctr_fell'], true],
    ['costs next to nothing', { spend: 0.5, revenue: 0, purchases: 0 }, null, [], false],
  ])('an ad that %s', (_what, now, before, reasons, isTop) => {
    const others = Array.from({ length: 3 }, (_, index) => ad(`other ${index}`, { revenue: 250 }))
    const made = score([ad('it', now), ...others], before === null ? [] : [ad('it', before)])
    expect(made.needsAttention.find(({ adId }) => adId === 'it')?.reasons ?? []).toEqual(reasons)
    expect(made.topPerformers.some(({ adId }) => adId === 'it')).toBe(isTop)
  })

  test('the most expensive ones are listed, and all are counted', () => {
    const bad = Array.from({ length: 14 }, (_, index) =>
      ad(`${index}`, { spend: 100 + index, revenue: 0, purchases: 0 }),
    )
    const made = score(bad)
    expect(made.attentionCount).toBe(14)
    expect(made.needsAttention.map(({ adId }) => adId)).toEqual(['13', '12', '11', '10', '9', '8', '7', '6', '5', '4'])
    expect(made.topPerformers).toEqual([])
  })

  test('bad input: money in another currency is never added up', () => {
    const made = score([
      ad('1'),
      ad('2', { currency: 'JPY', spend: 10_000, revenue: 9_000 }),
      ad('3', { currency: null }),
    ])
    expect(made.totals.map(({ currency, current }) => [currency, current.spend])).toEqual([
      ['JPY', 10_000],
      ['USD', 100],
      [null, 100],
    ])
    expect(made.judged).toBe(3)
  })

  test('with nothing at all, it says so', () => {
    const made = score([])
    expect([made.ads, made.totals, made.topPerformers]).toEqual([0, [], []])
    expect(scorecardSentence(made)).toBe('No ad of the brand has figures from 2026-03-08 to 2026-03-14.')
  })
})

test('changes are in percent, and silent where there is nothing to compare with', () => {
  expect([changeText(3, 2), changeText(1, 2), changeText(2, 2), changeText(2, 0), changeText(null, 1)]).toEqual([
    '+50 %',
    '−50 %',
    '±0 %',
    '',
    '',
  ])
})

test('bad input: an ad name with anything in it stays one cell of the report', () => {
  const name = 'a | b\n# **c** <script>\u202E`d`'
  const report = scorecardReport(score([ad('1', { name })]))
  const row = report.split('\n').find((line) => line.includes('script'))
  expect(row?.replaceAll(/\\./g, '').match(/\|/g)).toHaveLength(7)
  expect(row).toContain('\\*\\*c\\*\\* \\<script\\>')
  expect(row).not.toContain('\u202E')
})

test('whatever the sums are, a scorecard is what its schema says, and no figure is not a number', () => {
  // Sums come in cents.
  const amount = fc.nat(1_000_000_000).map((cents) => cents / 100)
  const anyAd = fc.record({
    adId: fc.constantFrom('1', '2', '3'),
    name: fc.string({ unit: 'binary' }),
    currency: fc.constantFrom('USD', 'EUR', null),
    spend: amount,
    revenue: amount,
    purchases: fc.nat(),
    clicks: fc.nat(),
    impressions: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(anyAd), fc.array(anyAd), (current, previous) => {
      const made = score(current, previous)
      expect(scorecardSchema.parse(JSON.parse(JSON.stringify(made)))).toEqual(made)
      expect(scorecardReport(made)).not.toMatch(/NaN|Infinity|undefined/)
    }),
  )
})

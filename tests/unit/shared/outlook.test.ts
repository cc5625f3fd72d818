import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Bringer,
  expectedAt,
  nextRefresh,
  type OutlookItem,
  outlook,
  pageOutlook,
  type Refresh,
} from '../../../shared/outlook.ts'
import { outlookWords, refreshWords, whyUnknown } from '../../../shared/outlook-words.ts'

const now = new Date('2026-11-23T09:20:00Z')
const minuteMs = 60_000
const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * minuteMs)
const at = (time: string) => new Date(`2026-11-23T${time}:00Z`)

const job: Bringer = {
  jobId: 'job',
  jobType: 'meta_sync',
  isPaused: false,
  runningSince: null,
  hasFailedInRun: false,
  nextRunAt: at('11:30'),
  hasFailedLast: false,
  isRunnable: true,
  durationMs: 30 * minuteMs,
}
const refreshBy = (...bringers: Bringer[]) => nextRefresh({ bringers, outside: null, archivedType: null }, now)
const stale = (refresh: Refresh, label = 'Orders'): OutlookItem => ({
  label,
  state: 'stale',
  maxAgeHours: 6,
  due: null,
  lastSuccessAt: at('02:00'),
  staleAt: at('08:00'),
  refresh,
})
const fresh = (refresh: Refresh, until: Date, label = 'Orders'): OutlookItem => ({
  label,
  state: 'fresh',
  maxAgeHours: 6,
  due: null,
  lastSuccessAt: new Date(until.getTime() - 6 * 60 * minuteMs),
  staleAt: until,
  refresh,
})
const words = (...items: OutlookItem[]) =>
  outlookWords(items.every(({ state }) => state === 'fresh') ? 'ready' : 'not_ready', items, now)

describe('when a dataset that is not fresh will be', () => {
  test.for<[string, Partial<Bringer>, Date, string]>([
    [
      'a run under way: its start and the p90 of such runs',
      { runningSince: at('09:10') },
      at('09:40'),
      'Ready about 2026-11-23 09:40 UTC, when meta_sync ends.',
    ],
    [
      'a run that takes longer than usual: now, and no time that has passed is a promise',
      { runningSince: at('08:30') },
      now,
      'Ready when meta_sync ends: expected 2026-11-23 09:00 UTC, it runs longer than usual.',
    ],
    [
      'a planned run, also a retry',
      {},
      at('12:00'),
      'Ready about 2026-11-23 12:00 UTC, after the run of meta_sync at 2026-11-23 11:30 UTC.',
    ],
    [
      'one that is due: from now on',
      { nextRunAt: inMinutes(-0.5) },
      at('09:50'),
      'Ready about 2026-11-23 09:50 UTC, after the run of meta_sync that is due now.',
    ],
    [
      'one that nobody took',
      { nextRunAt: at('09:00') },
      at('09:50'),
      'Ready 2026-11-23 09:50 UTC at the earliest: a run of meta_sync has been due since 2026-11-23 09:00 UTC and has not started.',
    ],
  ])('%s', ([, columns, expected, sentence]) => {
    const refresh = refreshBy({ ...job, ...columns })
    expect(expectedAt(refresh, now)).toEqual(expected)
    expect(pageOutlook([stale(refresh)], now)).toEqual({
      expectedAt: expected,
      readyUntil: null,
      nextRunAt: null,
      isRefreshedInTime: null,
    })
    expect(words(stale(refresh))).toEqual({ isWarning: false, sentences: [sentence] })
    expect(refreshWords(refresh, now)).toBe(sentence.replace('Ready', 'Fresh'))
  })

  test.for<[string, Partial<Bringer>, string]>([
    ['paused', { isPaused: true }, 'meta_sync is paused.'],
    ['dead', { nextRunAt: null, hasFailedLast: true }, 'meta_sync is dead: its attempts are exhausted.'],
    ['nothing_planned', { nextRunAt: null }, 'No run of meta_sync is planned.'],
    ['no_agent', { isRunnable: false }, 'No agent can run meta_sync.'],
    [
      'failed_in_run',
      { runningSince: at('09:10'), hasFailedInRun: true },
      'The run of meta_sync has failed for it already; the next one is planned when it ends.',
    ],
  ])('nobody can say when: %s', ([gap, columns, sentence]) => {
    const refresh = refreshBy({ ...job, ...columns })
    expect(refresh.gap).toBe(gap)
    expect(expectedAt(refresh, now)).toBeNull()
    const first =
      gap === 'failed_in_run' ? 'Nobody can say when it will be ready.' : 'Nothing that is planned makes it ready.'
    const behind = sentence.replace(/^(No|The) /, (word) => word.toLowerCase())
    expect(words(stale(refresh)).sentences).toEqual([first, `Orders: ${behind}`])
  })

  test.for<[string, Partial<Bringer>, string]>([
    ['planned', {}, 'Ready after the run of meta_sync at 2026-11-23 11:30 UTC, whose duration is not known yet.'],
    ['due', { nextRunAt: now }, 'Ready after the run of meta_sync that is due, whose duration is not known yet.'],
    ['running', { runningSince: at('09:10') }, 'Ready when meta_sync ends; how long it takes is not known yet.'],
  ])('a run of unknown length has a start and no end: %s', ([, columns, sentence]) => {
    const refresh = refreshBy({ ...job, durationMs: null, ...columns })
    expect(refresh.gap).toBe('duration_unknown')
    expect(expectedAt(refresh, now)).toBeNull()
    expect(words(stale(refresh)).sentences).toEqual([sentence])
    const other = stale(refreshBy({ ...job, jobType: 'load_ads' }), 'Ads')
    expect(words(stale(refresh), other).sentences).toEqual([
      'Nobody can say when it will be ready.',
      `Orders: ${sentence.replace('Ready', 'fresh')}`,
    ])
  })

  test('what another program refreshes is expected by its own period, and no more once that has passed', () => {
    const outside = (dueAt: Date | null, isPaused = false) =>
      nextRefresh({ bringers: [], outside: { name: 'dbt nightly', dueAt, isPaused }, archivedType: null }, now)
    expect(expectedAt(outside(at('10:00')), now)).toEqual(at('10:00'))
    expect(words(stale(outside(at('10:00')))).sentences).toEqual([
      'Ready about 2026-11-23 10:00 UTC, when dbt nightly of another program is expected to report.',
    ])
    const late = 'dbt nightly of another program was expected to report at 2026-11-23 09:00 UTC and has not.'
    expect(outside(at('09:00')).gap).toBe('outside_late')
    expect(words(stale(outside(at('09:00')))).sentences[1]).toBe(`Orders: ${late}`)
    // The answer was given before, and is looked at after.
    expect(refreshWords(outside(at('10:00')), at('10:01'))).toBe(late.replace('09:00', '10:00'))
    expect(refreshWords(outside(null), now)).toBe(
      'Only dbt nightly of another program refreshes it, and nothing says when.',
    )
    expect(refreshWords(outside(at('10:00'), true), now)).toBe('dbt nightly is paused.')
  })

  test('another program that is still expected comes before jobs of ours that bring nothing by themselves', () => {
    const beside = (bringer: Partial<Bringer>, dueAt: Date | null, isPaused = false) =>
      nextRefresh(
        { bringers: [{ ...job, ...bringer }], outside: { name: 'dbt', dueAt, isPaused }, archivedType: null },
        now,
      )
    const paused = { isPaused: true }
    for (const idle of [paused, { isRunnable: false }, { nextRunAt: null }]) {
      expect(expectedAt(beside(idle, at('10:00')), now)).toEqual(at('10:00'))
    }
    expect(beside({}, at('10:00'))).toMatchObject({ by: 'meta_sync', state: 'planned' })
    expect(beside(paused, at('09:00'))).toMatchObject({ by: 'meta_sync', gap: 'paused' })
    expect(beside(paused, at('10:00'), true)).toMatchObject({ by: 'meta_sync', gap: 'paused' })
  })

  test('what nobody refreshes, or an archived job did', () => {
    const nobody = { bringers: [], outside: null }
    expect(refreshWords(nextRefresh({ ...nobody, archivedType: null }, now), now)).toBe(
      'Nothing is planned that refreshes it.',
    )
    expect(refreshWords(nextRefresh({ ...nobody, archivedType: 'meta_sync' }, now), now)).toBe(
      'Its job meta_sync is archived.',
    )
  })

  test('of several jobs the one that brings it first counts; one that can be mended stands before one that is gone', () => {
    const slow = { ...job, jobId: 'slow', runningSince: at('09:00'), durationMs: 240 * minuteMs }
    expect(refreshBy(slow, job)).toMatchObject({ jobId: 'job', state: 'planned' })
    expect(refreshBy({ ...job, isPaused: true }, slow).jobId).toBe('slow')
    expect(refreshBy({ ...job, isPaused: true }, { ...job, nextRunAt: null }).gap).toBe('paused')
  })
})

describe('until when a page is ready', () => {
  test('a run that begins before the data goes stale', () => {
    const item = fresh(refreshBy({ ...job, nextRunAt: at('10:30') }), at('11:05'))
    expect(pageOutlook([item], now)).toEqual({
      expectedAt: null,
      readyUntil: at('11:05'),
      nextRunAt: at('10:30'),
      isRefreshedInTime: true,
    })
    expect(words(item)).toEqual({
      isWarning: false,
      sentences: ['Ready until 2026-11-23 11:05 UTC; next run 2026-11-23 10:30 UTC, before that.'],
    })
  })

  test('F7: a run that begins after it is a warning, one that only ends after it is not', () => {
    const after = fresh(refreshBy(job), at('11:05'))
    expect(pageOutlook([after], now)).toMatchObject({ readyUntil: at('11:05'), isRefreshedInTime: false })
    expect(words(after)).toEqual({
      isWarning: true,
      sentences: ['Ready until 2026-11-23 11:05 UTC; next run 2026-11-23 11:30 UTC, after that.'],
    })
    const during = fresh(refreshBy({ ...job, nextRunAt: at('11:00') }), at('11:05'))
    expect(pageOutlook([during], now).isRefreshedInTime).toBe(true)
    expect(words(during)).toEqual({
      isWarning: false,
      sentences: [
        'Ready until 2026-11-23 11:05 UTC; next run 2026-11-23 11:00 UTC, done about 2026-11-23 11:30 UTC, after that.',
      ],
    })
  })

  test('F7: without a run it is said, and is a warning in the last tenth of the maximum age', () => {
    const nothing = refreshBy({ ...job, nextRunAt: null })
    const far = 'Ready until 2026-11-23 11:05 UTC; no run of meta_sync is planned.'
    expect(words(fresh(nothing, at('11:05')))).toEqual({ isWarning: false, sentences: [far] })
    expect(words(fresh(nothing, at('09:50')))).toEqual({ isWarning: true, sentences: [far.replace('11:05', '09:50')] })
  })

  test('another program that is overdue refreshes nothing in time; it is a warning in the last tenth of the maximum age', () => {
    const late = (until: Date, dueAt = at('09:00')) =>
      fresh(
        nextRefresh({ bringers: [], outside: { name: 'dbt', dueAt, isPaused: false }, archivedType: null }, now),
        until,
      )
    expect(pageOutlook([late(at('11:05'))], now)).toMatchObject({ nextRunAt: null, isRefreshedInTime: false })
    const sentences = [
      'Ready until 2026-11-23 11:05 UTC; dbt of another program was expected to report at 2026-11-23 09:00 UTC and has not.',
    ]
    expect(words(late(at('11:05')))).toEqual({ isWarning: false, sentences })
    expect(words(late(at('09:50'))).isWarning).toBe(true)
    expect(pageOutlook([late(at('11:05'), at('10:00'))], now)).toMatchObject({
      nextRunAt: at('10:00'),
      isRefreshedInTime: true,
    })
    // An answer that is looked at later.
    expect(outlookWords('ready', [late(at('11:05'), at('10:00'))], at('10:50')).isWarning).toBe(true)
  })

  test('the first to go stale is named first, and the first that nothing refreshes in time beside it', () => {
    const soon = fresh(refreshBy({ ...job, nextRunAt: at('10:00') }), at('11:05'))
    const late = fresh(refreshBy({ ...job, nextRunAt: at('13:00') }), at('12:00'), 'Ads')
    expect(pageOutlook([late, soon], now)).toMatchObject({ readyUntil: at('11:05'), isRefreshedInTime: false })
    expect(words(late, soon)).toEqual({
      isWarning: true,
      sentences: [
        'Ready until 2026-11-23 11:05 UTC; next run 2026-11-23 10:00 UTC, before that.',
        'Ads goes stale 2026-11-23 12:00 UTC; next run 2026-11-23 13:00 UTC, after that.',
      ],
    })
  })

  test.for<[string, Bringer, string]>([
    ['under way', { ...job, runningSince: at('09:10') }, 'meta_sync is running, done about 2026-11-23 09:40 UTC.'],
    ['too long', { ...job, runningSince: at('08:30') }, 'meta_sync runs longer than usual.'],
    ['due', { ...job, nextRunAt: at('09:20') }, 'a run of meta_sync is due, done about 2026-11-23 09:50 UTC.'],
    ['no agent', { ...job, isRunnable: false }, 'no agent can run meta_sync.'],
  ])('what comes next: %s', ([, bringer, sentence]) => {
    const { sentences } = words(fresh(refreshBy(bringer), at('11:05')))
    expect(sentences).toEqual([`Ready until 2026-11-23 11:05 UTC; ${sentence}`])
  })

  test('degraded data is usable until then; a time that has passed is not said, nor anything of a page that needs nothing', () => {
    const item = fresh(refreshBy(job), at('11:05'))
    expect(outlookWords('degraded', [item], now).sentences[0]).toMatch(/^Usable until 2026-11-23 11:05 UTC;/)
    expect(outlookWords('ready', [item], at('11:06')).sentences).toEqual([])
    expect(outlookWords('ready', [], now)).toEqual({ isWarning: false, sentences: [] })
    expect(pageOutlook([], now)).toEqual({
      expectedAt: null,
      readyUntil: null,
      nextRunAt: null,
      isRefreshedInTime: true,
    })
  })
})

describe('a page waits for the last of its datasets', () => {
  const soon = stale(refreshBy({ ...job, nextRunAt: at('10:00') }))
  const last = stale(refreshBy({ ...job, jobType: 'load_ads' }), 'Ads')

  test('the latest counts, and nobody can say when one of them is not known', () => {
    expect(pageOutlook([soon, last], now).expectedAt).toEqual(at('12:00'))
    expect(words(soon, last).sentences[0]).toContain('after the run of load_ads')
    const paused = stale(refreshBy({ ...job, isPaused: true }), 'Sessions')
    expect(pageOutlook([soon, last, paused], now).expectedAt).toBeNull()
    expect(words(soon, paused, { ...paused, label: 'Clicks' }).sentences).toEqual([
      'Nothing that is planned makes it ready.',
      'Sessions, Clicks: meta_sync is paused.',
    ])
  })

  test('what is fresh and goes stale meanwhile is waited for, too', () => {
    const renewed = fresh(refreshBy({ ...job, nextRunAt: at('12:30') }), at('11:00'), 'Sessions')
    expect(pageOutlook([last, renewed], now).expectedAt).toEqual(at('13:00'))
    expect(pageOutlook([soon, renewed], now).expectedAt).toEqual(at('10:30'))
    const gone = fresh(refreshBy({ ...job, nextRunAt: null }), at('11:00'), 'Sessions')
    expect(pageOutlook([last, gone], now).expectedAt).toBeNull()
    expect(words(last, gone).sentences).toEqual([
      'Nothing that is planned makes it ready.',
      'Sessions goes stale 2026-11-23 11:00 UTC; no run of meta_sync is planned.',
    ])
  })
})

describe('whatever the rows say', () => {
  const instant = fc.integer({ min: -10_000, max: 10_000 }).map(inMinutes)
  const bringer: fc.Arbitrary<Bringer> = fc.record({
    jobId: fc.constantFrom('a', 'b', 'c'),
    jobType: fc.constantFrom('meta_sync', 'load_ads'),
    isPaused: fc.boolean(),
    runningSince: fc.option(instant),
    hasFailedInRun: fc.boolean(),
    nextRunAt: fc.option(instant),
    hasFailedLast: fc.boolean(),
    isRunnable: fc.boolean(),
    // Another program's clock may have gone back.
    durationMs: fc.option(fc.integer({ min: -minuteMs, max: 20_000 * minuteMs })),
  })
  const outside = fc.record({ name: fc.constant('dbt'), dueAt: fc.option(instant), isPaused: fc.boolean() })
  const refresh = fc
    .record({
      bringers: fc.array(bringer, { maxLength: 4 }),
      outside: fc.option(outside),
      archivedType: fc.option(fc.constant('meta_sync')),
    })
    .map((facts) => nextRefresh(facts, now))
  const item: fc.Arbitrary<OutlookItem> = fc.oneof(
    refresh.map((one) => stale(one)),
    fc.tuple(refresh, fc.integer({ min: 0, max: 10_000 })).map(([one, minutes]) => fresh(one, inMinutes(minutes))),
  )
  const items = fc.array(item, { maxLength: 6 })

  const ms = (at: Date | null | undefined): number => at?.getTime() ?? Number.POSITIVE_INFINITY

  test('nothing is expected before now, and either a time or a reason is given', () => {
    fc.assert(
      fc.property(refresh, (one) => {
        const expected = expectedAt(one, now)
        expect(expected === null).toBe(one.gap !== null)
        expect(ms(expected)).toBeGreaterThanOrEqual(now.getTime())
      }),
    )
  })

  test('a page is never expected before one of its datasets that are missing, and not at all when one is not', () => {
    fc.assert(
      fc.property(items, (all) => {
        const missing = all.filter(({ state }) => state !== 'fresh')
        const last = Math.max(now.getTime(), ...missing.map((one) => ms(expectedAt(one.refresh, now))))
        const { expectedAt: page, readyUntil, waitsFor } = outlook(all, now)
        expect(waitsFor.length > 0).toBe(missing.length > 0)
        // A page that is ready is expected no more, and nothing of one that is not says until when it is.
        expect(page !== null && (missing.length === 0 || readyUntil !== null)).toBe(false)
        expect(ms(page)).toBeGreaterThanOrEqual(last)
      }),
    )
  })

  test('a page that is ready is so until the first of its datasets goes stale', () => {
    fc.assert(
      fc.property(items, (all) => {
        const known = all.filter(({ state }) => state === 'fresh')
        const { readyUntil } = outlook(known, now)
        expect(ms(readyUntil)).toBe(Math.min(...known.map(({ staleAt }) => ms(staleAt))))
      }),
    )
  })

  test('looked at later, no sentence promises a time that has passed', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 10_000 }), (all, minutes) => {
        const later = inMinutes(minutes)
        const verdict = all.every(({ state }) => state === 'fresh') ? 'ready' : 'not_ready'
        for (const sentence of outlookWords(verdict, all, later).sentences) {
          const [, promised] = /(?:about|until|next run) (\d{4}-\d\d-\d\d \d\d:\d\d) UTC/.exec(sentence) ?? []
          if (promised === undefined) continue
          expect(new Date(`${promised.replace(' ', 'T')}Z`).getTime()).toBeGreaterThanOrEqual(later.getTime())
        }
      }),
    )
  })
})

test('why nobody can say names what needs somebody, also of what is fresh until the rest has come', () => {
  const paused = fresh(refreshBy({ ...job, isPaused: true, nextRunAt: null }), at('10:00'), 'Ads')
  expect(whyUnknown([stale(refreshBy(job)), paused], now)).toMatchObject({ gap: 'paused' })
  expect(whyUnknown([stale(refreshBy({ ...job, durationMs: null }))], now)).toMatchObject({ gap: 'duration_unknown' })
  expect(whyUnknown([stale(refreshBy(job))], now)).toBeNull()
})

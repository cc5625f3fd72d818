import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { type PanelModel, renderPanel } from '../../../agent/cli/live-status-panel.ts'
import type { BrandView, DatasetView, Overview } from '../../../agent/freshness/overview.ts'

const now = new Date('2026-03-02T12:00:00Z')
const escape = String.fromCharCode(0x1b)

function dataset(changes: Partial<DatasetView> = {}): DatasetView {
  return {
    dataset: 'orders',
    label: 'Orders',
    freshness: 'fresh',
    lastAttempt: 'completed',
    ageSeconds: 60,
    maxAgeHours: 1,
    maxAgeSource: 'dataset',
    due: null,
    warnAgeHours: null,
    lastSuccessAt: new Date(now.getTime() - 60_000),
    lastAttemptAt: new Date(now.getTime() - 60_000),
    records: 3,
    error: null,
    reason: null,
    nextRunAt: new Date(now.getTime() + 90_000),
    hold: null,
    nextRunZone: null,
    runningSince: null,
    staleAt: new Date(now.getTime() + 59 * 60_000),
    suspicious: false,
    ...changes,
  }
}

function brand(name: string, datasets: DatasetView[]): BrandView {
  return { id: name, name, organizationId: 'o', organizationName: 'Organization', datasets }
}

function overview(brands: BrandView[]): Overview {
  const catalog = { datasets: new Map(), jobTypes: new Map(), pages: new Map(), conflicts: [] }
  return { asOf: now, brands, agents: [], catalog }
}

function panel(changes: Partial<PanelModel> = {}): string {
  return renderPanel({
    state: 'running',
    agentName: 'laptop',
    url: 'http://127.0.0.1:4180',
    overview: overview([brand('Acme', [dataset()])]),
    now,
    runs: [],
    events: [],
    columns: 120,
    rows: 40,
    colors: false,
    ...changes,
  })
}

const stale = dataset({
  dataset: 'stock',
  label: 'Stock',
  freshness: 'stale',
  staleAt: new Date(now.getTime() - 3_600_000),
})
const failing = dataset({
  dataset: 'prices',
  label: 'Prices',
  freshness: 'never_synced',
  lastAttempt: 'failed',
  lastSuccessAt: null,
  ageSeconds: null,
  staleAt: null,
  error: `There is no /data/prices.csv. ${'Create it with a header line. '.repeat(10)}`,
})

describe('the panel', () => {
  test('answers first: what needs attention, in the words of the design', () => {
    const text = panel({ overview: overview([brand('Acme', [stale, failing, dataset()])]) })
    expect(text.split('\n')[1]).toBe('2 of 3 datasets need attention: 1 stale, 1 never synced.')
    expect(text).toContain('▲ Stale         Stock')
    expect(text).toContain('○ Never synced  Prices')
    expect(text).toContain('● Fresh         Orders')
    expect(text).toContain('stale for 1 h')
  })

  test('what waits for a hold is held, and neither late nor without a plan', () => {
    const endsAt = new Date(now.getTime() + 7_200_000)
    const held = panel({ overview: overview([brand('Acme', [dataset({ nextRunAt: endsAt, hold: { endsAt } })])]) })
    expect(held).toContain('held, next in 2 h')
    const endless = dataset({ nextRunAt: null, hold: { endsAt: null } })
    expect(panel({ overview: overview([brand('Acme', [endless])]) })).not.toContain('no run planned')
  })

  test('nothing stale is a result worth a sentence', () => {
    expect(panel().split('\n')[1]).toBe('All of 1 dataset is usable. Nothing is stale.')
  })

  test('F6: a failed attempt on fresh data is said beside fresh', () => {
    const view = dataset({ lastAttempt: 'failed', error: 'HTTP 500' })
    const text = panel({ overview: overview([brand('Acme', [view])]) })
    expect(text).toMatch(/● Fresh .*✘ last attempt failed: HTTP 500/)
    expect(text).toContain('1 usable, but its last attempt failed')
  })

  test('the worst brand comes first', () => {
    const text = panel({ overview: overview([brand('Acme', [dataset()]), brand('Zebra', [stale])]) })
    expect(text.indexOf('Zebra')).toBeLessThan(text.indexOf('Acme'))
  })

  test.each([
    [40, 12],
    [60, 20],
    [80, 24],
    [120, 40],
    [200, 60],
  ])('fits a terminal of %i × %i, whatever there is to show', (columns, rows) => {
    const many = Array.from({ length: 30 }, (_, index) =>
      brand(`Brand 品牌 ${index}`, [stale, failing, dataset({ label: 'L'.repeat(90) })]),
    )
    const runs = Array.from({ length: 20 }, () => ({
      title: 'work for Acme',
      attempt: 2,
      step: 'load 3/10',
      elapsedMs: 5,
    }))
    const events = Array.from({ length: 50 }, () => ({ time: '12:00:00', mark: null, text: 'word '.repeat(100) }))
    for (const colors of [true, false]) {
      const lines = panel({ overview: overview(many), runs, events, columns, rows, colors }).split('\n')
      expect(lines.length).toBeLessThan(rows)
      for (const line of lines) expect(stringWidth(line)).toBeLessThan(columns)
    }
  })

  test('what does not fit is counted', () => {
    const many = Array.from({ length: 30 }, (_, index) => brand(`Brand ${index}`, [stale]))
    const shown = panel({ overview: overview(many), rows: 24 }).split('\n')
    const listed = shown.filter((line) => line.includes('▲ Stale')).length
    expect(shown.join('\n')).toContain(`… and ${30 - listed} datasets more: pm status`)
  })

  test('bad input 35, 37: names and errors cannot command the terminal', () => {
    const evil = `${escape}[2J${escape}]0;owned\u0007 \u202etxt`
    const view = dataset({ label: `Orders${evil}`, lastAttempt: 'failed', error: evil })
    const text = panel({
      agentName: evil,
      overview: overview([brand(`Acme${evil}`, [view])]),
      runs: [{ title: evil, attempt: 1, step: evil, elapsedMs: 1 }],
      events: [{ time: '12:00:00', mark: null, text: evil }],
    })
    expect(text).not.toContain(escape)
    expect(text).not.toContain('\u0007')
    expect(text).not.toContain('\u202e')
  })

  test('without colours there is no escape sequence at all; with them the words are the same', () => {
    const plain = panel({ overview: overview([brand('Acme', [stale, failing])]) })
    const painted = panel({ overview: overview([brand('Acme', [stale, failing])]), colors: true })
    expect(plain).not.toContain(escape)
    expect(painted).toContain(escape)
    expect(painted.replaceAll(new RegExp(`${escape}\\[[0-9;]*m`, 'g'), '')).toBe(plain)
  })

  test('draining says what happens next', () => {
    const runs = [{ title: 'work', attempt: 1, step: null, elapsedMs: 1 }]
    expect(panel({ state: 'draining', runs }).split('\n')[1]).toContain('Stopping: 1 run may finish')
  })
})

// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest'
import { connectionWords } from '../../../renderer/app/header/connection-words.ts'
import { keyGroups } from '../../../renderer/app/key-list.ts'
import { bestMatches, foundFor, matchScore, pastedId } from '../../../renderer/app/palette/ranking.ts'
import { withRecent } from '../../../renderer/app/preferences.tsx'
import { boundsOf, customBounds, isoOfWall, wallText } from '../../../renderer/components/time-range.ts'
import {
  type BrandReadiness,
  byAnswer,
  latestFirst,
  readinessAnswer,
  worstFirst,
} from '../../../renderer/pages/readiness/answer.ts'
import type { ReadinessVerdict } from '../../../shared/domain.ts'

describe('what the palette finds', () => {
  const item = (label: string, kind = 'Page') => ({ id: label, label, kind, run: () => undefined })
  const items = ['Run history', 'Health', 'Birch (run 2)', 'Prune', 'Runners of Acme'].map((label) => item(label))

  test('stands in the order of how well it fits', () => {
    expect(bestMatches('run', items, 10).map(({ label }) => label)).toEqual([
      'Run history',
      'Runners of Acme',
      'Birch (run 2)',
      'Prune',
    ])
  })

  test('has every word somewhere, in any order, in its name or its kind', () => {
    expect(matchScore('acme runners', item('Runners of Acme'))).toBeGreaterThan(0)
    expect(matchScore('acme job', item('Acme', 'Job'))).toBeGreaterThan(0)
    expect(matchScore('acme zebra', item('Acme', 'Job'))).toBe(0)
  })

  test('for what was typed before is not taken by Enter for what has been typed since', () => {
    const jobs = [item('Nightly orders for Acme', 'load_orders'), item('Nightly stock for Acme', 'load_stock')]
    expect(foundFor('nightly sto', jobs, false).map(({ label }) => label)).toEqual(['Nightly stock for Acme'])
    expect(foundFor('theme', jobs, false)).toEqual([])
    // By what else the server looks at.
    expect(foundFor('product 12', jobs, true)).toBe(jobs)
  })

  test('is an id only when it is a whole one', () => {
    expect(pastedId(' 01A20B9C-944a-73b0-a401-eb40030b5b81 ')).toBe('01a20b9c-944a-73b0-a401-eb40030b5b81')
    expect(pastedId('01a20b9c')).toBeNull()
  })

  test('was used lately: the newest first, none twice, at most eight', () => {
    const many = Array.from({ length: 12 }, (_, index) => ({ label: `${index}`, path: `/o/1/${index}` }))
    const recents = many.reduce(
      (before, one) => withRecent(before, one),
      withRecent([], { label: 'x', path: '/o/1/3' }),
    )
    expect(recents.map(({ label }) => label)).toEqual(['11', '10', '9', '8', '7', '6', '5', '4'])
    expect(withRecent(recents, { label: 'again', path: '/o/1/9' })[0]).toEqual({ label: 'again', path: '/o/1/9' })
    expect(withRecent(recents, { label: 'again', path: '/o/1/9' })).toHaveLength(8)
  })
})

describe('the connection in words', () => {
  const facts = { silenceMs: 2_400, dataAgeMs: 8_000, forMs: 65_000, sinceText: '14:02', keptText: null }

  test('says how old it is while it is live', () => {
    expect(connectionWords({ ...facts, connection: { state: 'live', note: null } })).toMatchObject({
      tone: 'good',
      text: 'live · 2 s',
    })
  })

  test('warns when more than two beats were missed', () => {
    const at = (silenceMs: number) =>
      connectionWords({ ...facts, silenceMs, connection: { state: 'live', note: null } }).tone
    expect(at(11_900)).toBe('good')
    expect(at(12_100)).toBe('warning')
  })

  test('says since when it polls, and how old the data is', () => {
    const { tone, text, detail } = connectionWords({ ...facts, connection: { state: 'polling', since: 0 } })
    expect([tone, text]).toEqual(['warning', 'polling since 14:02'])
    expect(detail).toContain('1 min 5 s ago')
    expect(detail).toContain('8 s old')
  })

  const database = {
    state: 'down',
    cause: 'refused',
    reason: 'Connection refused.',
    fix: null,
    since: new Date(0),
    nextTryAt: null,
  } as const

  test('says why it is offline, since when, and that it is tried again', () => {
    const { tone, text, detail } = connectionWords({ ...facts, connection: { state: 'offline', database } })
    expect([tone, text]).toEqual(['bad', 'offline since 14:02'])
    expect(detail).toContain('Connection refused.')
    expect(detail).toContain('tried again')
  })

  test('O1: says as of when it is, where an answer was a kept one', () => {
    const keptText = '13:58'
    const slow = connectionWords({ ...facts, keptText, connection: { state: 'live', note: null } })
    expect([slow.tone, slow.text]).toEqual(['warning', 'as of 13:58'])
    expect(connectionWords({ ...facts, keptText, connection: { state: 'offline', database } }).detail).toContain(
      'as of 13:58',
    )
  })

  test('fault 12, 13: says that the database only reads, or that changes are looked for', () => {
    const limited = connectionWords({ ...facts, connection: { state: 'limited', database } })
    expect([limited.tone, limited.text]).toEqual(['warning', 'read only since 14:02'])
    const note = 'Changes are not heard.'
    expect(connectionWords({ ...facts, connection: { state: 'live', note } })).toEqual({
      tone: 'warning',
      text: 'live, a few seconds late',
      detail: note,
    })
  })
})

describe('a time range', () => {
  const now = new Date('2026-03-29T12:34:56.789Z')

  test('that ends now is the same question for a whole minute', () => {
    expect(boundsOf('24h', now)).toEqual({ from: '2026-03-28T12:34:00.000Z', to: null })
    expect(boundsOf('24h', new Date('2026-03-29T12:34:59Z'))).toEqual(boundsOf('24h', now))
  })

  test('is an instant in the zone that is shown, also where clocks change', () => {
    expect(isoOfWall('2026-03-29T02:30', 'Europe/Berlin')).toBe('2026-03-29T01:00:00.000Z')
    expect(wallText('2026-07-01T10:00:00.000Z', 'Europe/Berlin')).toBe('2026-07-01T12:00')
    expect(isoOfWall('soon', 'UTC')).toBeNull()
  })

  test('that says only where it ends begins 30 days earlier for everything that asks', () => {
    const bounds = { from: '2026-09-01T10:00:00.000Z', to: '2026-10-01T10:00:00.000Z' }
    expect(boundsOf('..2026-10-01T10:00:00.000Z', now)).toEqual(bounds)
    expect(customBounds('..2026-10-01T10:00:00.000Z')).toEqual(bounds)
  })

  test.each(['..', 'x..y', '2026-03-02T00:00:00Z..2026-03-01T00:00:00Z', 'a..b..c', '2026..2027'])(
    '%s is none',
    (text) => {
      expect(customBounds(text)).toBeNull()
      expect(boundsOf(text, now)).toEqual({ from: null, to: null })
    },
  )
})

const plainPage = {
  reason: null,
  expectedAt: null,
  readyUntil: null,
  goesStale: null,
  unknown: null,
  work: null,
  isNotReadyBy: null,
}

describe('readiness in a sentence', () => {
  const brand = (name: string, ...verdicts: ReadinessVerdict[]): BrandReadiness => ({
    id: name,
    name,
    pages: verdicts.map((verdict, index) => ({ ...plainPage, page: `${index}`, verdict })),
  })

  test.each([
    [[], 'No page asks for any dataset yet.'],
    [[brand('Acme', 'ready', 'ready')], 'Everything is ready: 2 pages of 1 brand.'],
    [[brand('Acme', 'ready', 'degraded')], 'Everything can be used; 1 is degraded (of 2 pages).'],
    [[brand('Acme', 'not_ready', 'ready'), brand('Birch', 'ready')], '1 of 3 pages is not ready, of Acme.'],
    [[brand('Acme', 'not_ready', 'not_ready')], '2 of 2 pages are not ready, all of Acme.'],
    [
      [brand('A', 'not_ready'), brand('B', 'not_ready', 'degraded')],
      '2 of 3 pages are not ready, of 2 brands; 1 is degraded.',
    ],
  ])('%#', (brands, sentence) => {
    expect(readinessAnswer(brands)).toBe(sentence)
  })

  test('which brands will not be ready by a time is counted in brands and pages', () => {
    const late = {
      ...brand('A', 'not_ready', 'ready'),
      pages: [{ ...plainPage, page: '0', verdict: 'not_ready' as const, isNotReadyBy: true }],
    }
    expect(byAnswer([late, brand('B', 'ready')], '09:00')).toBe(
      '1 of 2 brands will not be ready by 09:00: 1 of 2 pages.',
    )
    expect(byAnswer([brand('B', 'ready')], '09:00')).toBe('By 09:00 everything is ready: 1 page of 1 brand.')
  })

  test('sorted by a page: what nobody can say, then the latest, then what stays ready the shortest', () => {
    const page = (verdict: ReadinessVerdict, minute: number | null): BrandReadiness => {
      const at = minute === null ? null : new Date(minute * 60_000)
      const times = verdict === 'ready' ? { readyUntil: at } : { expectedAt: at }
      const name = `${verdict} ${minute}`
      return { id: name, name, pages: [{ ...plainPage, page: 'p', verdict, ...times }] }
    }
    const brands = [
      page('ready', 9),
      page('not_ready', 5),
      page('ready', 3),
      page('not_ready', null),
      page('not_ready', 7),
    ]
    const names = ['not_ready null', 'not_ready 7', 'not_ready 5', 'ready 3', 'ready 9']
    expect(latestFirst(brands, 'p').map(({ name }) => name)).toEqual(names)
  })

  test('the worst brand comes first', () => {
    const brands = [
      brand('A', 'ready'),
      brand('B', 'degraded', 'degraded'),
      brand('C', 'not_ready', 'ready'),
      brand('D', 'ready'),
    ]
    expect(worstFirst(brands).map(({ name }) => name)).toEqual(['C', 'B', 'A', 'D'])
  })
})

test('no key is listed twice for the same place', () => {
  for (const { keys } of keyGroups) {
    const all = keys.map(({ keys }) => keys.join(' '))
    expect(new Set(all).size).toBe(all.length)
  }
})

import { expect, test } from 'vitest'
import {
  addressOf,
  longestPath,
  mostViews,
  readViews,
  type SavedView,
  shownView,
  viewPath,
  viewsOf,
  whyNotName,
  whyNotSave,
} from '../../../renderer/saved-views/saved-views.ts'

const page = '/o/11111111-0000-4000-8000-000000000000/active-jobs'
const view = (name: string, path: string): SavedView => ({ id: name, name, path })

test('a view is the filters of a page in any order, without what is opened on it, and without the brand unless wanted', () => {
  const search = 'type=meta_sync&state=dead&brand=b&open=run:1&expanded=x&edit=new'
  expect(viewPath(page, search, false)).toBe(`${page}?state=dead&type=meta_sync`)
  expect(viewPath(page, search, true)).toBe(`${page}?brand=b&state=dead&type=meta_sync`)
  expect(viewPath(page, 'brand=b&open=run:1', false)).toBeNull()
})

test('a view without a brand leads to the brand that is chosen, one with a brand to its own', () => {
  const chosen = { brandId: 'b', group: null }
  expect(addressOf(view('Dead', `${page}?state=dead`), chosen)).toBe(`${page}?state=dead&brand=b`)
  expect(addressOf(view('Dead', `${page}?state=dead`), { brandId: null, group: null })).toBe(`${page}?state=dead`)
  expect(addressOf(view('Acme', `${page}?brand=a&state=dead`), chosen)).toBe(`${page}?brand=a&state=dead`)
})

test('a group is one of the filters of a view: it is kept, and no brand takes its place', () => {
  const emea = view('Dead in EMEA', `${page}?brands=EMEA&state=dead`)
  expect(viewPath(page, 'state=dead&brands=EMEA', false)).toBe(emea.path)
  expect(viewPath(page, 'brands=EMEA', false)).toBe(`${page}?brands=EMEA`)
  expect(addressOf(emea, { brandId: 'b', group: null })).toBe(emea.path)
  const dead = view('Dead', `${page}?state=dead`)
  expect(addressOf(dead, { brandId: null, group: 'EMEA' })).toBe(`${page}?state=dead&brands=EMEA`)
  expect(shownView([dead, emea], page, 'state=dead&brands=EMEA')?.name).toBe('Dead in EMEA')
  expect(shownView([dead], page, 'state=dead&brands=EMEA')?.name).toBe('Dead')
})

test('the view of the present filters is known, one with the brand first', () => {
  const views = [view('Dead', `${page}?state=dead`), view('Dead of Acme', `${page}?brand=a&state=dead`)]
  expect(shownView(views, page, 'open=job:1&state=dead')?.name).toBe('Dead')
  expect(shownView(views, page, 'state=dead&brand=a')?.name).toBe('Dead of Acme')
  expect(shownView(views, page, 'state=dead&brand=b')?.name).toBe('Dead')
  expect(shownView(views, page, 'state=dead&type=x')).toBeNull()
  expect(shownView(views, page, '')).toBeNull()
})

test('names are one of a kind on a page, and fifty views are kept', () => {
  const views = [view('Dead', `${page}?state=dead`), view('Dead', '/o/1/schedules?state=paused')]
  expect(viewsOf(views, page)).toHaveLength(1)
  expect(whyNotName(views, page, ' Dead ')).toBe('There is a view of that name here.')
  expect(whyNotName(views, page, 'x'.repeat(81))).toBe('At most 80 characters.')
  expect([whyNotName(views, page, ' '), whyNotSave(views, page, 'Paused')]).toEqual(['Give it a name.', null])
  const long = `${page}?text=${'x'.repeat(longestPath)}`
  expect(whyNotSave([], long, 'Long')).toMatch(/^These filters are 4,\d+ characters long; at most 4,000 are kept\.$/)
  const many = Array.from({ length: mostViews }, (_, index) => view(`V ${index}`, `${page}?state=dead`))
  expect(whyNotSave(many, page, 'One more')).toBe('50 views are kept on this device: remove one first.')
})

test('what may be saved, or was taken back, is there after a reload', () => {
  const longest = view('Long', `${page}?text=${'x'.repeat(longestPath)}`.slice(0, longestPath))
  expect(whyNotSave([], longest.path, 'Long')).toBeNull()
  // One was removed, one saved in its place, and the first put back.
  const views = Array.from({ length: mostViews }, (_, index) => view(`V ${index}`, `${page}?state=dead`))
  expect(readViews([...views, longest])).toHaveLength(mostViews + 1)
})

test('of what is stored only names and addresses of pages of this site are read', () => {
  const kept = view('Dead', `${page}?state=dead`)
  const odd = [
    null,
    7,
    { id: '1', name: 'x' },
    view('', kept.path),
    view('Away', 'https://example.com/o/1/x?y'),
    view('None', page),
  ]
  expect(readViews([...odd, kept])).toEqual([kept])
  expect(readViews({})).toEqual([])
})

import { expect, test } from 'vitest'
import { type TrayEntry, type TrayFacts, type TrayModel, trayIcons, trayModel } from '../../../electron/tray-model.ts'
import { trayShapes } from '../../../scripts/icons/shapes.ts'

const fresh = { fresh: 3, at_risk: 0, stale: 0, never_synced: 0, no_policy: 0 }

function facts(changes: Partial<TrayFacts> = {}): TrayFacts {
  return {
    agent: { state: 'working' },
    offline: null,
    brands: [{ name: 'Acme', place: '/acme', counts: fresh }],
    problems: 0,
    newest: [],
    running: 0,
    favourites: [],
    pausedUntil: null,
    quietUntil: null,
    isWatching: false,
    ...changes,
  }
}

function brand(name: string, counts: Partial<typeof fresh>) {
  return { name, place: `/${name}`, counts: { ...fresh, ...counts } }
}

function labels({ entries }: TrayModel): string[] {
  return entries.map((entry) => (entry.type === 'line' ? '-' : entry.label))
}

function actionOf({ entries }: TrayModel, label: string): unknown {
  const found = entries.find(
    (entry): entry is TrayEntry & { type: 'entry' } => entry.type === 'entry' && entry.label.startsWith(label),
  )
  return found?.action
}

test.each([
  ['ok', {}, 'All fresh'],
  ['at_risk', { brands: [brand('Acme', { at_risk: 2 })] }, '2 at risk'],
  ['problems', { problems: 3, brands: [brand('Acme', { stale: 1 })] }, '3 problems · 1 dataset not fresh'],
  ['running', { running: 2 }, 'All fresh · 2 running'],
  ['offline', { offline: 'Nothing answers at db:5432.' }, 'Without the database: Nothing answers at db:5432.'],
  ['offline', { agent: { state: 'none', words: 'The agent is starting' } as const }, 'The agent is starting'],
  ['paused', { pausedUntil: '15:30' }, 'All fresh · paused until 15:30'],
] as const)('input 35: %s is a shape of its own, and said in words', (icon, changes, tooltip) => {
  const model = trayModel(facts(changes))
  expect(model.icon).toBe(icon)
  expect(model.tooltip).toBe(tooltip)
  expect(model.entries[0]).toEqual({ type: 'entry', label: tooltip, action: { type: 'open', place: null } })
})

test('input 35: every state has its shape, and no two are alike', () => {
  expect(Object.keys(trayShapes).toSorted()).toEqual([...trayIcons].toSorted())
  const pictures = Object.values(trayShapes).map((shape) =>
    Array.from({ length: 16 * 16 }, (_, at) => shape(((at % 16) + 0.5) / 16, (Math.floor(at / 16) + 0.5) / 16)).join(),
  )
  expect(new Set(pictures).size).toBe(trayIcons.length)
})

test('problems stand before a pause, and that before what runs', () => {
  expect(trayModel(facts({ problems: 1, pausedUntil: '15:30', running: 1 })).icon).toBe('problems')
  expect(trayModel(facts({ pausedUntil: '15:30', running: 1 })).icon).toBe('paused')
})

test('the worst brand comes first; those that are well are not listed', () => {
  const brands = [
    brand('Well', {}),
    brand('Risky', { at_risk: 9 }),
    brand('New', { never_synced: 2 }),
    brand('Late', { stale: 1, at_risk: 1 }),
  ]
  expect(labels(trayModel(facts({ brands }))).slice(2, 6)).toEqual([
    'Late: 1 stale, 1 at risk',
    'New: 2 never synced',
    'Risky: 9 at risk',
    '-',
  ])
})

test('input 36: the five newest problems open their places, the others are counted', () => {
  const newest = Array.from({ length: 5 }, (_, at) => ({ summary: `Problem ${at}`, place: `/incidents/${at}` }))
  const model = trayModel(facts({ problems: 7, newest }))
  expect(actionOf(model, 'Problem 3')).toEqual({ type: 'open', place: '/incidents/3' })
  expect(actionOf(model, '2 more…')).toEqual({ type: 'open', place: null })
})

test('input 36: favourites run, pause and quiet can be taken back, and quit is there', () => {
  const model = trayModel(facts({ favourites: [{ jobId: 'one', name: 'Nightly' }] }))
  expect(model.entries).toContainEqual({
    type: 'submenu',
    label: 'Run now',
    entries: [{ type: 'entry', label: 'Nightly', action: { type: 'run', jobId: 'one' } }],
  })
  expect(actionOf(model, 'Pause this agent for 1 h')).toEqual({ type: 'pause', minutes: 60 })
  expect(actionOf(model, 'Do not disturb for 1 h')).toEqual({ type: 'quiet', minutes: 60 })
  expect(actionOf(model, 'Quit')).toEqual({ type: 'quit' })
  const later = trayModel(facts({ pausedUntil: '15:30', quietUntil: '16:00' }))
  expect(actionOf(later, 'Resume this agent')).toEqual({ type: 'pause', minutes: 0 })
  expect(actionOf(later, 'Show notifications again')).toEqual({ type: 'quiet', minutes: 0 })
})

test('a device that only watches has nothing to pause; without an agent there is nothing of it', () => {
  expect(labels(trayModel(facts({ isWatching: true })))).not.toContain('Pause this agent for 1 h')
  const none = trayModel(facts({ agent: { state: 'none', words: 'Starting' }, problems: 4 }))
  expect(labels(none)).toEqual([
    'Starting',
    '-',
    'Do not disturb for 1 h',
    '-',
    'Open console',
    'Settings of this device…',
    '-',
    'Quit Pipeline Manager',
  ])
})

test('inputs 36, 37: names are one line without invisible controls, of a bounded length, and & is no accelerator', () => {
  const name = `A&B\n\u202Eevil\u0007${'x'.repeat(10_000)}`
  const model = trayModel(facts({ brands: [brand(name, { stale: 1 })], newest: [{ summary: name, place: '/x' }] }))
  for (const label of labels(model)) {
    expect(label.length).toBeLessThan(90)
    expect(label).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  }
  expect(labels(model)[2]).toMatch(/^A&&B evil x/)
})

import { describe, expect, test } from 'vitest'
import { together } from '../../../renderer/app/header/together.ts'
import { latestOfEach } from '../../../renderer/app/header/unread.ts'
import { commandWords, verbOf } from '../../../renderer/app/queued-words.ts'
import { overlap, withMine } from '../../../renderer/components/settling.ts'
import { incidentActionWords, putBack, undoInWords } from '../../../renderer/incidents/incident-actions.ts'
import { instantOfField, tomorrowMorning } from '../../../renderer/incidents/snooze-times.ts'
import type { CentreEvent } from '../../../renderer/incidents/use-centre.ts'
import { scopeOf } from '../../../renderer/mutes/mute-scope.ts'
import { untilFault, untilInstant } from '../../../renderer/mutes/until.ts'
import { answerOf } from '../../../renderer/pages/incidents/answer.ts'
import { answerOf as whoIsTold } from '../../../renderer/pages/notifications/answer.ts'
import type { IncidentView } from '../../../shared/contract/incidents.ts'

const openedAt = new Date('2026-11-26T06:00:00Z')

function incident(facts: Partial<IncidentView> = {}): IncidentView {
  return {
    id: '6f1c2a34-0000-4000-8000-000000000001',
    kind: 'dataset_stale',
    severity: 'problem',
    state: 'open',
    organizationId: null,
    brand: null,
    dataset: null,
    job: null,
    jobType: null,
    agent: null,
    runId: null,
    summary: 'It is stale.',
    nextStep: null,
    owner: null,
    runbook: null,
    openedAt,
    acknowledged: null,
    snoozed: null,
    note: null,
    isMuted: false,
    expected: null,
    resolvedAt: null,
    resolution: null,
    causeId: null,
    effects: 0,
    lastEventId: '1',
    ...facts,
  }
}

describe('what the page says first', () => {
  const none = { open: 0, acknowledged: 0, snoozed: 0, effects: 0 }
  test.each([
    [none, [], 'Nothing is wrong: no incident is open.'],
    [{ ...none, acknowledged: 2 }, [], 'Nothing waits for a person. 2 acknowledged.'],
    [{ ...none, open: 1 }, [incident()], '1 open incident. It is stale.'],
    [
      { open: 2, acknowledged: 0, snoozed: 1, effects: 5 },
      [incident(), incident({ summary: 'It failed.', effects: 5 })],
      '2 open incidents, with 5 effects. The biggest: It failed. 1 snoozed.',
    ],
    [{ ...none, open: 2 }, [incident(), incident()], '2 open incidents. The newest: It is stale.'],
  ])('%j', (counts, incidents, words) => {
    expect(answerOf(counts, incidents, true)).toBe(words)
  })

  test('the biggest of a part of them is not called the biggest', () => {
    expect(answerOf({ ...none, open: 2 }, [incident({ effects: 5 })], false)).toBe('2 open incidents.')
  })
})

describe('snoozing until tomorrow morning', () => {
  test.each([
    ['UTC', '2026-11-26T23:30:00Z', '2026-11-27T09:00:00.000Z'],
    // Already the 27th there.
    ['Europe/Berlin', '2026-11-26T23:30:00Z', '2026-11-28T08:00:00.000Z'],
    // The night in which the clocks go forward.
    ['Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T07:00:00.000Z'],
  ])('is 9:00 by the clocks of %s at %s', (zone, now, until) => {
    expect(tomorrowMorning(new Date(now), zone).toISOString()).toBe(until)
  })

  test.each(['', '2026-11-27', '2026-13-45T09:00', 'tomorrow'])('a time that is none is none: %j', (text) => {
    expect(instantOfField(text, 'UTC')).toBeNull()
  })
})

test('an action applies only where it changes something', () => {
  const acknowledged = incident({ acknowledged: { at: openedAt, by: 'somebody' } })
  const over = incident({ resolvedAt: openedAt, state: 'resolved' })
  expect(incidentActionWords.acknowledge.notFor(incident())).toBeNull()
  expect(incidentActionWords.acknowledge.notFor(acknowledged)).toBe('acknowledged already')
  expect(incidentActionWords.unacknowledge.notFor(incident())).toBe('nobody has acknowledged it')
  expect(incidentActionWords.snooze.notFor(over)).toBe('it has ended')
  expect(incidentActionWords.wake.notFor(incident())).toBe('not snoozed')
})

test('what takes a change back puts back what was seen: whoever was on it, or nobody', () => {
  const ana = incident({ acknowledged: { at: openedAt, by: 'Ana' } })
  const until = new Date('2026-11-27T06:00:00Z')
  const { give, unacknowledge, snooze } = incidentActionWords
  expect(give.undo?.(ana)).toEqual({ action: 'give', to: 'Ana' })
  expect(give.undo?.(incident())).toEqual({ action: 'unacknowledge' })
  expect(unacknowledge.undo?.(ana)).toEqual({ action: 'give', to: 'Ana' })
  expect(snooze.undo?.(incident())).toEqual({ action: 'wake' })
  expect(snooze.undo?.(incident({ snoozed: { until, by: 'Ana' } }))).toEqual({ action: 'snooze', until })
  const words = (...seen: IncidentView[]): string =>
    undoInWords(
      seen.map((one) => putBack(one)),
      'Ben',
    )
  expect(words(ana)).toBe('Give back to Ana')
  expect(words(incident({ acknowledged: { at: openedAt, by: 'Ben' } }))).toBe('Acknowledge')
  expect(words(incident())).toBe('Take the acknowledgement back')
  expect(words(incident(), ana)).toBe('Put back as it was')
})

test('what waits for the database is named with whom it is given to', () => {
  const command = { call: 'incidents.acknowledge', subjects: ['a'], input: { for: 'Ana' } }
  expect(verbOf(command)).toBe('Give to Ana')
  expect(commandWords(command, 'Stale dataset: Orders of Acme')).toBe('Give to Ana: Stale dataset: Orders of Acme')
  expect(commandWords({ ...command, input: { for: null }, subjects: ['a', 'b'] })).toBe('Acknowledge 2 incidents')
})

const event = (id: string, incidentId: string, type: CentreEvent['type'], facts = {}): CentreEvent => ({
  id,
  incidentId,
  type,
  happenedAt: openedAt,
  assignee: null,
  operator: null,
  note: null,
  until: null,
  incident: incident({ id: incidentId, ...facts }),
})

test('the notification centre says in one line what three or more say of one dataset within an hour', () => {
  const orders = { dataset: { key: 'orders', label: 'Orders' } }
  const stock = { dataset: { key: 'stock', label: 'Stock' } }
  const groups = together([
    event('9', 'a', 'opened', orders),
    event('8', 'e', 'opened', stock),
    event('7', 'b', 'opened', orders),
    event('6', 'd', 'resolved', orders),
    event('5', 'c', 'opened', orders),
    event('4', 'f', 'opened', stock),
    { ...event('3', 'g', 'opened', orders), happenedAt: new Date(openedAt.getTime() - 3_600_000) },
  ])
  expect(groups.map((group) => group.map(({ id }) => id))).toEqual([['9', '7', '5'], ['8'], ['6'], ['4'], ['3']])
})

test('the notification centre has one line for each incident, its latest event, also where ids get longer', () => {
  const latest = latestOfEach([event('10', 'a', 'resolved'), event('9', 'b', 'opened'), event('8', 'a', 'opened')])
  expect(latest.map(({ id, type }) => [id, type])).toEqual([
    ['10', 'resolved'],
    ['9', 'opened'],
  ])
})

test('a mute rule for several incidents is what they have in common; a dataset says more than its job type', () => {
  const acme = { id: 'brand-1', name: 'Acme' }
  const orders = incident({ brand: acme, dataset: { key: 'orders', label: 'Orders' }, jobType: 'load_orders' })
  const stock = incident({ brand: acme, dataset: { key: 'stock', label: 'Stock' }, jobType: 'load_orders' })
  const failed = incident({ kind: 'run_failed', brand: acme, jobType: 'load_orders' })
  const stale = { kind: 'dataset_stale', brandId: 'brand-1', jobType: null }
  expect(scopeOf([orders])).toEqual({ ...stale, dataset: 'orders' })
  expect(scopeOf([orders, stock])).toEqual({ ...stale, dataset: null })
  expect(scopeOf([orders, failed])).toEqual({ kind: null, brandId: 'brand-1', jobType: null, dataset: null })
  expect(scopeOf([failed])).toEqual({ kind: 'run_failed', brandId: 'brand-1', jobType: 'load_orders', dataset: null })
})

describe('two people edit one route', () => {
  const base = { channel: 'ops', kinds: ['job_dead'], enabled: true }
  test.each([
    [
      'beside each other',
      { ...base, enabled: false },
      { ...base, kinds: [] },
      false,
      { ...base, kinds: [], enabled: false },
    ],
    ['the same field', { ...base, kinds: [] }, { ...base, kinds: ['agent_lost'] }, true, { ...base, kinds: [] }],
    ['to the same', { ...base, enabled: false }, { ...base, enabled: false }, false, { ...base, enabled: false }],
  ])('%s', (_how, mine, theirs, isConflict, both) => {
    expect(overlap(base, mine, theirs)).toBe(isConflict)
    expect(withMine(base, mine, theirs)).toEqual(both)
  })
})

describe('who is told', () => {
  const desktop = { name: 'desktop', notice: null }
  const broken = (name: string) => ({ name, notice: 'It fails.' })
  const to = (channel: string, enabled = true) => ({ channel, enabled, afterMinutes: null, person: null })
  test.each([
    [[desktop], [], 'What goes wrong is told on desktops and in the console alone.'],
    [[desktop], [to('desktop', false)], 'Nobody is told: what goes wrong is shown in the console alone.'],
    [
      [desktop],
      [
        { ...to('desktop', false), afterMinutes: 20 },
        { ...to('ops'), person: 'Ana' },
      ],
      'What goes wrong is told on desktops and in the console alone.',
    ],
    [[desktop], [to('ops'), to('ops'), to('mail')], 'What goes wrong is told on ops and mail.'],
    [[desktop], ['a', 'b', 'c', 'd'].map((name) => to(name)), 'What goes wrong is told on a, b, c and 1 more.'],
    [[broken('ops')], [to('ops')], 'The channel ops does not work.'],
    [[broken('ops'), broken('mail')], [], '2 channels do not work.'],
  ])('%j %j', (channels, routes, words) => {
    expect(whoIsTold(channels, routes)).toBe(words)
  })
})

describe('the end of a mute rule', () => {
  const now = new Date('2026-11-26T12:00:00Z')
  test.each([
    ['hour', '', '2026-11-26T13:00:00.000Z', null],
    ['tomorrow', '', '2026-11-27T09:00:00.000Z', null],
    ['week', '', '2026-12-03T12:00:00.000Z', null],
    ['removed', '', null, null],
    ['time', '2026-11-28T08:30', '2026-11-28T08:30:00.000Z', null],
    ['time', '', null, 'Give a day and a time.'],
    ['time', '2026-11-26T11:59', '2026-11-26T11:59:00.000Z', 'This is in the past.'],
  ] as const)('%s %s', (choice, text, until, fault) => {
    expect(untilInstant({ choice, text }, now, 'UTC')?.toISOString() ?? null).toBe(until)
    expect(untilFault({ choice, text }, now, 'UTC')).toBe(fault)
  })
})

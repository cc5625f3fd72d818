import { describe, expect, test } from 'vitest'
import { latestOfEach } from '../../../renderer/app/header/unread.ts'
import { incidentActionWords } from '../../../renderer/incidents/incident-actions.ts'
import { instantOfField, tomorrowMorning } from '../../../renderer/incidents/snooze-times.ts'
import type { CentreEvent } from '../../../renderer/incidents/use-centre.ts'
import { answerOf } from '../../../renderer/pages/incidents/answer.ts'
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
    openedAt,
    acknowledged: null,
    snoozed: null,
    note: null,
    isMuted: false,
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
    expect(answerOf(counts, incidents)).toBe(words)
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

test('the notification centre has one line for each incident, its latest event, also where ids get longer', () => {
  const event = (id: string, incidentId: string, type: CentreEvent['type']): CentreEvent => ({
    id,
    incidentId,
    type,
    happenedAt: openedAt,
    operator: null,
    note: null,
    until: null,
    incident: incident({ id: incidentId }),
  })
  const latest = latestOfEach([event('10', 'a', 'resolved'), event('9', 'b', 'opened'), event('8', 'a', 'opened')])
  expect(latest.map(({ id, type }) => [id, type])).toEqual([
    ['10', 'resolved'],
    ['9', 'opened'],
  ])
})

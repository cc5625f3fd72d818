import { describe, expect, test } from 'vitest'
import {
  type CommandTarget,
  type GivenCommand,
  incidentCommands,
  judgeCommand,
} from '../../../agent/incidents/judge-command.ts'
import { incidentEventTypes } from '../../../shared/incidents.ts'

const asOf = new Date('2026-03-02T12:00:00Z')
const ago = (minutes: number): Date => new Date(asOf.getTime() - minutes * 60_000)
const open: CommandTarget = {
  resolvedAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  isSnoozed: false,
  snoozedUntil: null,
  snoozedBy: null,
  asOf,
}
const byBob = { ...open, acknowledgedAt: ago(3), acknowledgedBy: 'bob' }
const tomorrow = new Date('2026-03-03T09:00:00Z')
const asleep = { ...open, isSnoozed: true, snoozedUntil: tomorrow, snoozedBy: 'bob' }
const ended = { ...open, resolvedAt: ago(10) }

function judge(
  target: CommandTarget,
  given: Partial<GivenCommand>,
  news: readonly (typeof incidentEventTypes)[number][],
) {
  const whole = {
    command: 'acknowledge',
    operator: 'ada',
    until: null,
    hasNote: false,
    assignee: null,
    ...given,
  } as const
  return judgeCommand(target, whole, new Set(news))
}

describe('O2: a command is judged by what its operator saw', () => {
  test.each([
    ['an open one', open, {}, [], 'applied'],
    ['one with a reminder since', open, {}, ['reminded'], 'applied'],
    ['one with a note since', open, {}, ['noted'], 'applied'],
    ['what bob is on, as ada saw', byBob, {}, [], 'unchanged'],
    ['what bob is on, with a note', byBob, { hasNote: true }, [], 'applied'],
    ['what bob took since', byBob, {}, ['acknowledged'], 'conflict'],
    ['what bob took since, with a note', byBob, { hasNote: true }, ['acknowledged'], 'conflict'],
    ['what ada took through another door', { ...byBob, acknowledgedBy: 'ada' }, {}, ['acknowledged'], 'unchanged'],
    ['what bob is on, for cem, as ada saw', byBob, { assignee: 'cem' }, [], 'applied'],
    ['what bob took since, for cem', byBob, { assignee: 'cem' }, ['acknowledged'], 'conflict'],
    ['what bob took since, for bob', byBob, { assignee: 'bob' }, ['acknowledged'], 'unchanged'],
    ['what bob took since, for Bob', byBob, { assignee: 'Bob' }, ['acknowledged'], 'unchanged'],
    ['what bob is on, by BOB himself', byBob, { operator: 'BOB' }, ['acknowledged'], 'unchanged'],
    ['an open one, for cem', open, { assignee: 'cem' }, [], 'applied'],
    ['what has ended', ended, {}, ['resolved'], 'conflict'],
    ['what had ended already', ended, {}, [], 'conflict'],
  ] as const)('acknowledge %s', (_what, target, given, news, outcome) => {
    expect(judge(target, given, news).outcome).toBe(outcome)
  })

  test.each([
    ['unacknowledge', 'what nobody is on', open, {}, [], 'unchanged'],
    ['unacknowledge', 'what bob is on', byBob, {}, [], 'applied'],
    ['unacknowledge', 'what bob took since', byBob, {}, ['acknowledged'], 'conflict'],
    ['snooze', 'an open one', open, {}, [], 'applied'],
    ['snooze', 'what bob is on', byBob, { until: tomorrow }, ['acknowledged'], 'applied'],
    ['snooze', 'one that sleeps as long', asleep, { until: tomorrow }, ['snoozed'], 'unchanged'],
    ['snooze', 'one that sleeps for another time', asleep, {}, [], 'applied'],
    ['snooze', 'one that bob put to sleep since', asleep, {}, ['snoozed'], 'conflict'],
    ['wake', 'one that is awake', open, {}, [], 'unchanged'],
    ['wake', 'one that sleeps', asleep, {}, [], 'applied'],
    ['wake', 'one that bob put to sleep since', asleep, {}, ['snoozed'], 'conflict'],
    ['annotate', 'one that has ended', ended, { hasNote: true }, ['resolved'], 'applied'],
  ] as const)('%s %s', (command, _what, target, given, news, outcome) => {
    expect(judge(target, { command, ...given }, news).outcome).toBe(outcome)
  })

  test('it says who and when', () => {
    expect(judge(byBob, {}, ['acknowledged']).message).toBe('bob is on it, acknowledged 3 min ago.')
    expect(judge(ended, { hasNote: true }, []).message).toBe('It ended by itself 10 min ago. The note was not written.')
    expect(judge(open, { command: 'snooze', until: tomorrow }, []).message).toBe('Snoozed until 2026-03-03 09:00 UTC.')
    expect(judge(open, { command: 'snooze' }, []).message).toBe('Snoozed until it recovers.')
  })

  test('whatever happened: nothing but a note is applied to what has ended, and every answer is a sentence', () => {
    for (const target of [open, byBob, asleep]) {
      for (const command of incidentCommands) {
        for (const type of incidentEventTypes) {
          expect(judge(target, { command }, [type]).message).toMatch(/^[A-Za-z].*\.$/)
          const late = judge(ended, { command, hasNote: true }, [type]).outcome
          expect(late).toBe(command === 'annotate' ? 'applied' : 'conflict')
        }
      }
    }
  })
})

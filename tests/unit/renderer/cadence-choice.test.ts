import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CadenceChoice,
  choiceOf,
  cronOf,
  hourSteps,
  switchedTo,
} from '../../../renderer/components/cadence-choice.ts'
import { cadenceInWords, readCadence } from '../../../renderer/components/cadence-reading.ts'
import { describeCadence, nextFires } from '../../../shared/cadence.ts'

const hour = fc.integer({ min: 0, max: 23 })
const minute = fc.integer({ min: 0, max: 59 })
const kind = <Kind extends CadenceChoice['kind']>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name)
const days = fc
  .uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 })
  .map((all) => all.toSorted((a, b) => a - b))

const choice: fc.Arbitrary<CadenceChoice> = fc.oneof(
  fc.record({ kind: kind('hourly'), minute }),
  fc.record({ kind: kind('hours'), hours: fc.constantFrom(...hourSteps), minute }),
  fc.record({ kind: kind('daily'), hour, minute }),
  fc.record({ kind: kind('weekdays'), hour, minute }),
  fc.record({ kind: kind('weekly'), days, hour, minute }),
  fc.record({
    kind: kind('monthly'),
    day: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constant('last' as const)),
    hour,
    minute,
  }),
)

/** Expressions as experts write them: names, lists, ranges, steps, odd blanks. */
const item = (values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values)
const cron = fc
  .tuple(
    item(['0', '5', '07', '*/15', '0,30', '10-20', '*']),
    item(['*', '6', '06', '*/6', '*/5', '8-18', '6,18', '?']),
    item(['*', '1', '31', 'L', '1,15', '15W', '?']),
    item(['*', '1', 'JAN', '1-6']),
    item(['*', '1-5', 'MON-FRI', 'mon', '0', '7', '1,3', '1#2', '5L']),
    item([' ', '  ']),
  )
  .map(([a, b, c, d, e, blank]) => [a, b, c, d, e].join(blank))

const from = new Date('2026-03-01T00:00:00Z')

/** The next fires; of what is no schedule, what was typed. */
function firesOf(typed: string): unknown {
  const { cadence } = readCadence(typed, 'Europe/Berlin')
  return cadence === null ? typed : nextFires(cadence, from, 8)
}

function timeOf(one: CadenceChoice): readonly [number, number] | null {
  return 'hour' in one ? [one.hour, one.minute] : null
}

describe('the cadence builder: fields and cron say the same', () => {
  it('a choice turned into cron and read again is the same choice', () => {
    fc.assert(
      fc.property(choice, (one) => {
        expect(choiceOf(cronOf(one))).toEqual(one)
      }),
    )
  })

  it('every choice is a schedule that fires', () => {
    fc.assert(
      fc.property(choice, (one) => {
        expect(readCadence(cronOf(one), 'Europe/Berlin').fault).toBeNull()
      }),
    )
  })

  it('any expression read as a choice fires at the same times', () => {
    fc.assert(
      fc.property(cron, (typed) => {
        expect(firesOf(cronOf(choiceOf(typed)))).toEqual(firesOf(typed))
      }),
    )
  })

  it('anything that is typed is kept as it is when it has no plain form, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        expect(choiceOf(typed)).toEqual({ kind: 'custom', cron: typed })
      }),
    )
  })

  it('switching keeps the time of day, and gives a schedule that fires', () => {
    const kinds = ['hourly', 'hours', 'daily', 'weekdays', 'weekly', 'monthly', 'custom'] as const
    fc.assert(
      fc.property(choice, fc.constantFrom(...kinds), (one, to) => {
        const next = switchedTo(to, one)
        expect(next.kind).toBe(to)
        expect(readCadence(cronOf(next), 'UTC').fault).toBeNull()
        const kept = timeOf(next) ?? timeOf(one)
        expect(kept).toEqual(timeOf(one) ?? kept)
      }),
    )
  })

  it.each(['0 * * * *', '0 */6 * * *', '0 6 * * *', '30 7 * * 1-5', '0 6 * * 1', '0 2 1 * *'])(
    '%s has a plain form',
    (cron) => {
      expect(choiceOf(cron).kind).not.toBe('custom')
    },
  )

  it.each([
    ['0 6 * * *', { kind: 'daily', hour: 6, minute: 0 }],
    ['30 7 * * MON-FRI', { kind: 'weekdays', hour: 7, minute: 30 }],
    ['0 6 * * 7', { kind: 'weekly', days: [0], hour: 6, minute: 0 }],
    ['0 6 L * *', { kind: 'monthly', day: 'last', hour: 6, minute: 0 }],
    ['0 */5 * * *', { kind: 'custom', cron: '0 */5 * * *' }],
    ['0 6 1 * 1', { kind: 'custom', cron: '0 6 1 * 1' }],
  ])('%s reads as what it means', (typed, expected) => {
    expect(choiceOf(typed)).toEqual(expected)
  })
})

describe('reading a schedule while it is typed', () => {
  it.each([
    ['', 'UTC', 'cron'],
    ['0 6 * *', 'UTC', 'cron'],
    ['0 0 6 * * *', 'UTC', 'cron'],
    ['61 6 * * *', 'UTC', 'cron'],
    ['0 0 31 2 *', 'UTC', 'cron'],
    ['@daily', 'UTC', 'cron'],
    ['0 6 * * *', '+02:00', 'timeZone'],
    ['0 6 * * *', 'Mars/Olympus', 'timeZone'],
    ['0 6 * * *', '', 'timeZone'],
  ])('%j in %j is refused at the field that is wrong, with what to do', (typed, zone, field) => {
    const { fault } = readCadence(typed, zone)
    expect(fault?.field).toBe(field)
    expect(fault?.fix).not.toBe('')
  })

  it('a job of another program whose schedule cannot be read says so', () => {
    expect(cadenceInWords({ cronExpression: 'every day', timeZone: null })).toBe('Not readable: every day')
    expect(cadenceInWords({ cronExpression: null, timeZone: null })).toBe('No schedule')
    expect(cadenceInWords({ cronExpression: '0  6 * * *', timeZone: null })).toBe(
      describeCadence({ cron: '0 6 * * *', timeZone: 'UTC' }),
    )
  })
})

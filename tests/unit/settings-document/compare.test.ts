/** The order and the form of what is exported: the same settings are the same bytes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { settingsYaml } from '../../../agent/organization-settings/export-settings.ts'
import { readSettingsDocument } from '../../../agent/organization-settings/read-document.ts'
import { changedFields, identityOf, inOrder, titleOf } from '../../../shared/settings-document/compare.ts'
import { compactEntry, type Entry, settingsFormat } from '../../../shared/settings-document/document.ts'

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((one) => one.trim() === one && one === one.normalize('NFC'))
const entry: fc.Arbitrary<Entry<'schedules'>> = fc.record({
  brand: text,
  job_type: fc.constantFrom('load', 'build', 'Load'),
  name: text,
  cron: fc.constantFrom('0 6 * * *', '*/5 * * * *'),
  time_zone: fc.constantFrom('UTC', 'Europe/Berlin'),
  parameters: fc.dictionary(
    fc.constantFrom('a', 'b', 'c d', 'ü'),
    fc.oneof(fc.integer(), text, fc.boolean(), fc.constant(null)),
  ),
  priority: fc.constantFrom('low', 'normal'),
  overlap: fc.constantFrom('queue', 'skip'),
  catch_up: fc.constantFrom('latest', 'skip'),
  max_retries: fc.integer({ min: 0, max: 5 }),
  alert_after: fc.integer({ min: 1, max: 5 }),
  timeout_minutes: fc.option(fc.integer({ min: 1, max: 60 })),
  concurrency_key: fc.option(fc.constantFrom('one', 'null', 'yes', '12:30', '1e3')),
  paused: fc.boolean(),
})
const entries = fc.uniqueArray(entry, { selector: (one) => identityOf('schedules', one), maxLength: 8 })
const shuffled = entries.chain((given) =>
  fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
)

const written = (given: readonly Entry<'schedules'>[]): string => {
  const schedules = inOrder('schedules', given).map((one) => compactEntry('schedules', one))
  return settingsYaml({ format: settingsFormat, schedules })
}

describe('the form of an export', () => {
  test('does not depend on the order in which settings are found, nor on the order of their keys', () => {
    fc.assert(
      fc.property(shuffled, ([given, others]) => {
        expect(written(others.map(turned))).toBe(written(given))
      }),
    )
  })

  test('what was written is read as the same settings', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const read = readSettingsDocument(written(given), 'written.yaml')
        expect(read.entries.map((one) => one.entry)).toEqual(inOrder('schedules', given))
      }),
    )
  })

  /** The same with its keys in another order, also inside. */
  function turned(one: Entry<'schedules'>): Entry<'schedules'> {
    const parameters = Object.fromEntries(Object.entries(one.parameters).toReversed())
    return { ...one, ...Object.fromEntries(Object.entries({ ...one, parameters }).toReversed()) }
  }
})

describe('what is different', () => {
  test.each([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1, b: 2 }, { a: 2, b: 2 }, [{ field: 'a', from: 1, to: 2 }]],
    [
      { p: { x: 1, y: 2 } },
      { p: { x: 1, z: 3 } },
      [
        { field: 'p.z', from: null, to: 3 },
        { field: 'p.y', from: 2, to: null },
      ],
    ],
    [{ due: null }, { due: { at: '09:00' } }, [{ field: 'due', from: null, to: { at: '09:00' } }]],
    [{ days: ['mon'] }, { days: ['mon', 'tue'] }, [{ field: 'days', from: ['mon'], to: ['mon', 'tue'] }]],
    [{ p: { x: 1, y: 2 } }, { p: { y: 2, x: 1 } }, []],
  ])('%j to %j', (before, after, expected) => {
    expect(changedFields(before, after)).toEqual(expected)
  })

  test('things are called by what they are', () => {
    expect(titleOf('triggers', { brand: 'Acme', dataset: 'orders', job_type: 'build', job: null })).toBe(
      'Acme · orders · build',
    )
    const route = { channel: 'ops', kinds: null, brands: ['A', 'B', 'C', 'D'], person: null, after_minutes: 30 }
    expect(titleOf('routes', route)).toBe('ops · 4 brands · after 30 min')
    expect(titleOf('notifications', {})).toBe('what is notified')
  })
})

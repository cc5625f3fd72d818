/** Documents of settings that people write, and those that somebody writes to do harm. */
import { describe, expect, test } from 'vitest'
import { readSettingsDocument } from '../../../agent/organization-settings/read-document.ts'
import { Problem } from '../../../shared/errors.ts'

const head = 'format: pipeline-manager/v1\n'

function faultsOf(text: string): string[] {
  try {
    readSettingsDocument(text, 'acme.yaml')
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid_input') return error.message.split('\n')
    throw error
  }
  return []
}

test('what is left out has its usual value, and names are compared as they are stored', () => {
  const { entries, sections, onlyBrands } = readSettingsDocument(
    `${head}schedules: [{ brand: " Acme ", job_type: load, name: Load, cron: " 0  6 * * * ", time_zone: UTC }]`,
    'acme.yaml',
  )
  expect({ sections, onlyBrands }).toEqual({ sections: ['schedules'], onlyBrands: null })
  expect(entries).toMatchObject([
    {
      path: ['schedules', 0],
      entry: { brand: 'Acme', cron: '0 6 * * *', parameters: {}, priority: 'normal', max_retries: 3, paused: false },
    },
  ])
})

describe('bad input', () => {
  test.each([
    ['no document of ours', '{}', 'acme.yaml: format is missing. Choose pipeline-manager/v1.'],
    [
      'another version',
      'format: pipeline-manager/v2',
      'acme.yaml:1:1: format must be pipeline-manager/v1; got "pipeline-manager/v2". Did you mean "pipeline-manager/v1"?',
    ],
    [
      'an unknown field, with the nearest known one',
      `${head}brands:\n  - name: Acme\n    archivd: true`,
      'acme.yaml:4:5: brands.0.archivd is not a known field. Did you mean "archived"?',
    ],
    [
      'an unknown section',
      `${head}scheduls: []`,
      'acme.yaml:2:1: scheduls is not a known field. Did you mean "schedules"?',
    ],
    [
      'a wrong type',
      `${head}brands: [{ name: 7 }]`,
      'acme.yaml:2:12: brands.0.name must be text; got 7. Put it in quotes.',
    ],
    ['a list that is none', `${head}brands: Acme`, 'acme.yaml:2:1: brands must be a list; got "Acme".'],
    [
      'a word that is none',
      `${head}mutes: [{ kind: job_daed }]`,
      /mutes\.0\.kind must be dataset_stale.*Did you mean "job_dead"\?/,
    ],
    ['a key twice', `${head}brands: []\nbrands: []`, /^acme\.yaml:3:1: This key is there twice\./],
    ['a prototype', `${head}brands: [{ name: A, __proto__: { archived: true } }]`, /__proto__/],
    ['a constructor', `${head}constructor: { prototype: {} }`, /constructor is not a known field/],
    [
      'a prototype in parameters',
      `${head}triggers: [{ brand: A, dataset: a, job_type: b, parameters: { __proto__: 1 } }]`,
      /__proto__/,
    ],
    ['a custom tag', `${head}brands: !!js/function "x"`, /tag/],
    ['a second document', `${head}---\n${head}`, /A second document starts here/],
    [
      'a cron that never fires',
      `${head}schedules: [{ brand: A, job_type: b, name: c, cron: 0 0 31 2 *, time_zone: UTC }]`,
      /schedules\.0\.cron is refused: The schedule never fires/,
    ],
    [
      'a zone that is none',
      `${head}schedules: [{ brand: A, job_type: b, name: c, cron: 0 0 * * *, time_zone: Mars }]`,
      /schedules\.0\.time_zone is refused/,
    ],
    [
      'an age that says nothing',
      `${head}policies: [{ brand: A, dataset: b }]`,
      /policies\.0 says nothing of b\. Give max_age_hours/,
    ],
    [
      'a route that repeats without waiting',
      `${head}routes: [{ channel: ops, repeat_minutes: 5 }]`,
      /routes\.0\.repeat_minutes repeats without waiting/,
    ],
    [
      'the same thing twice',
      `${head}brands: [{ name: A }, { name: "A " }]`,
      /brands\.1 is there twice: it names the same as entry 0/,
    ],
    [
      'something of another brand',
      `${head}only_brands: [A]\npolicies: [{ brand: B, dataset: b, max_age_hours: 1 }]`,
      /policies\.0 is about none of only_brands/,
    ],
    ['something about all brands', `${head}only_brands: [A]\nroutes: []`, /routes is about all brands/],
    [
      'settings of a brand that it archives',
      `${head}brands: [{ name: A, archived: true }]\nmutes: [{ brand: A }]`,
      /mutes\.0 is about A, which the document archives/,
    ],
  ])('%s', (_what, text, expected) => {
    const faults = faultsOf(text)
    const isExpected = (fault: string) => (typeof expected === 'string' ? fault === expected : expected.test(fault))
    expect(faults).toHaveLength(1)
    expect(faults.filter((fault) => !isExpected(fault))).toEqual([])
  })

  test('several faults are told at once, at most twenty of them', () => {
    const many = Array.from({ length: 30 }, (_, index) => `  - { nmae: A${index} }`).join('\n')
    const faults = faultsOf(`${head}brands:\n${many}`)
    expect(faults).toHaveLength(21)
    expect(faults.at(-1)).toMatch(/^… and \d+ more$/)
  })

  test('aliases that would grow to billions of values are refused before they do', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const part = level === 0 ? '"lol"' : `*a${level - 1}`
      return `a${level}: &a${level} [${Array.from({ length: 10 }, () => part).join(', ')}]`
    })
    expect(faultsOf(`${head}${levels.join('\n')}`)[0]).toMatch(/alias/i)
  })

  test('10 MB are not read, and nesting without end is not followed', () => {
    expect(faultsOf(`${head}# ${'x'.repeat(10 * 1024 * 1024)}`)[0]).toMatch(
      /acme\.yaml is \d+ bytes long; at most 4194304 are read\. Split it/,
    )
    expect(faultsOf(`${head}brands: ${'['.repeat(500)}${']'.repeat(500)}`)[0]).toMatch(/nested (?:too deeply|deeper)/)
  })
})

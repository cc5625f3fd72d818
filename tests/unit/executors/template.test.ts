import { describe, expect, test } from 'vitest'
import { bindTemplates, renderJson, renderTemplate, templatePaths } from '../../../agent/jobs/template.ts'

const scope = {
  parameters: { days: 7, name: "O'Brien", flag: false, list: ['a', { b: 1 }], none: null, 'with-dash': 'x' },
  run: { id: 'run-1', brand_id: null },
}

describe('text', () => {
  test.each([
    ['--days={{ parameters.days }}', '--days=7'],
    ['{{parameters.name}}', "O'Brien"],
    ['{{ parameters.flag }}', 'false'],
    ['{{ parameters.list }}', '["a",{"b":1}]'],
    ['{{ parameters.list.1.b }}', '1'],
    ['[{{ parameters.none }}]', '[]'],
    ['{{ parameters.with-dash }}{{ run.id }}', 'xrun-1'],
    ['{not a template} {{', '{not a template} {{'],
  ])('%s becomes %s', (text, expected) => {
    expect(renderTemplate(text, scope)).toBe(expected)
  })

  test('a value is never rendered again', () => {
    expect(renderTemplate('{{ parameters.x }}', { parameters: { x: '{{ run.id }}' }, run: { id: 'no' } })).toBe(
      '{{ run.id }}',
    )
  })

  test.each([
    'parameters.nothing',
    'parameters.__proto__',
    'parameters.name.length',
    'parameters.list.length',
    'x',
    '',
    'a | b',
    'a..b',
  ])('{{ %s }} names nothing: configuration', (path) => {
    expect(() => renderTemplate(`{{ ${path} }}`, scope)).toThrow(expect.objectContaining({ kind: 'configuration' }))
  })

  test('what the catalog asks about a text', () => {
    expect(templatePaths('a {{ b.c }} {{d}}')).toEqual(['b.c', 'd'])
  })
})

test('a JSON value keeps its types where a string is one whole template', () => {
  const body = {
    days: '{{ parameters.days }}',
    text: 'last {{ parameters.days }} days',
    list: ['{{ parameters.list }}', 1, null],
  }
  expect(renderJson(body, scope)).toEqual({ days: 7, text: 'last 7 days', list: [['a', { b: 1 }], 1, null] })
})

describe('SQL', () => {
  test('templates become bind parameters, one for each path', () => {
    const sql =
      'select {{ parameters.days }}::int, {{ parameters.name }}::text, {{ parameters.days }}::int + 1, {{ parameters.none }}::int'
    expect(bindTemplates(sql, scope)).toEqual({
      text: 'select $1::int, $2::text, $1::int + 1, $3::int',
      values: ['7', "O'Brien", null],
    })
  })

  test('arrays and objects are bound as JSON (bad input 20)', () => {
    expect(bindTemplates('select {{ parameters.list }}::jsonb', scope).values).toEqual(['["a",{"b":1}]'])
  })

  test.each([
    "select '{{ parameters.days }}'",
    "select 'it''s {{ parameters.days }}'",
    String.raw`select e'it\'s {{ parameters.days }}'`,
    'select "{{ parameters.days }}" from t',
    'do $$ begin perform {{ parameters.days }}; end $$',
    'do $body$ {{ parameters.days }} $body$',
    'select $1, {{ parameters.days }}',
    'select {{ parameters.nothing }}',
  ])('%s is refused', (sql) => {
    expect(() => bindTemplates(sql, scope)).toThrow(expect.objectContaining({ kind: 'configuration' }))
  })

  test.each(["select 'a' -- {{ x }}\n", 'select /* {{ x }} */ 1', "select '$1', $$ $2 $$", 'prepare p as select $1'])(
    '%s stays as it is',
    (sql) => {
      expect(bindTemplates(sql, scope)).toEqual({ text: sql, values: [] })
    },
  )
})

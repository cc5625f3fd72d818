import { expect, test } from 'vitest'
import { exposition } from '../../../agent/metrics/exposition.ts'

test('a family is its help, its type and one line for each sample; without samples it is not there', () => {
  const text = exposition([
    {
      name: 'a_total',
      type: 'counter',
      help: 'What it is.',
      samples: [{ value: 3 }, { labels: { kind: 'x' }, value: 0.5 }],
    },
    { name: 'nothing', type: 'gauge', help: 'Never seen.', samples: [] },
  ])
  expect(text).toBe('# HELP a_total What it is.\n# TYPE a_total counter\na_total 3\na_total{kind="x"} 0.5\n')
})

test('bad input 31: a name with quotes, backslashes and line feeds stays one label, and half a surrogate does no harm', () => {
  const brand = 'A "b" \\ c\nd \uD800 \u202E é'
  const [, , line] = exposition([
    { name: 'a', type: 'gauge', help: 'h', samples: [{ labels: { brand }, value: 1 }] },
  ]).split('\n')
  expect(line).toBe(String.raw`a{brand="A \"b\" \\ c\nd ${'\uFFFD \u202E é'}"} 1`)
})

test('numbers are written as Go reads them', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, -0.25]
  const text = exposition([{ name: 'a', type: 'gauge', help: 'h', samples: values.map((value) => ({ value })) }])
  expect(text.trimEnd().split('\n').slice(2)).toEqual(['a NaN', 'a +Inf', 'a -Inf', 'a 1e+21', 'a -0.25'])
})

import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { StateMark, stateHue, stateNamed, stateWord } from '../../../renderer/components/state-mark.tsx'
import {
  attemptStatuses,
  freshnessStates,
  jobStates,
  jobStatuses,
  readinessVerdicts,
  runStatuses,
  stepStatuses,
} from '../../../shared/domain.ts'
import { incidentStates } from '../../../shared/incidents.ts'

const axes = {
  freshness: freshnessStates,
  attempt: attemptStatuses,
  job: jobStates,
  'job status': jobStatuses,
  run: runStatuses,
  step: stepStatuses,
  verdict: readinessVerdicts,
  incident: incidentStates,
} as const

const draw = (word: string): string => renderToStaticMarkup(createElement(StateMark, { state: stateNamed(word) }))
const shapeOf = (markup: string): string => /<svg[^>]*>(.*)<\/svg>/s.exec(markup)?.[1] ?? ''

describe.each(Object.entries(axes))('the states of a %s', (_axis, words) => {
  test('each word of the domain has a look of its own, none falls through to unknown', () => {
    for (const word of words) expect(stateNamed(word)).toBe(word)
  })

  test('no two look the same in grayscale: the shape differs, and so does the word', () => {
    expect(new Set(words.map((word) => shapeOf(draw(word)))).size).toBe(words.length)
    expect(new Set(words.map((word) => stateWord(stateNamed(word)))).size).toBe(words.length)
  })

  test('without the word beside it, the word is its accessible name', () => {
    for (const word of words) expect(draw(word)).toContain(`aria-label="${stateWord(stateNamed(word))}"`)
  })
})

test('F6: a failed last attempt is marked beside the freshness, and said', () => {
  const markup = renderToStaticMarkup(createElement(StateMark, { state: 'fresh', lastAttemptFailed: true }))
  expect(markup).toContain('aria-label="Fresh, last attempt failed"')
  expect(markup.match(/<svg/g)).toHaveLength(2)
})

test('a status that another program wrote is shown as itself, with the mark of the unknown', () => {
  expect(stateNamed('zapped')).toBe('unknown')
  expect(stateNamed('constructor')).toBe('unknown')
  const markup = renderToStaticMarkup(
    createElement(StateMark, { state: stateNamed('zapped'), word: '<b>zapped</b>', withWord: true }),
  )
  expect(markup).toContain('&lt;b&gt;zapped&lt;/b&gt;')
  expect(stateHue('unknown')).toBe('gray')
})

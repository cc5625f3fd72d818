// @vitest-environment happy-dom
import { MantineProvider } from '@mantine/core'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { createElement } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { faultOf, fieldsOf } from '../../../renderer/run-now/parameter-fields.ts'
import { ParameterForm } from '../../../renderer/run-now/parameter-form.tsx'
import type { JsonObject } from '../../../shared/domain.ts'
import { only } from '../../support/job-rows.ts'

// Happy-dom has no fonts; a field that grows measures itself again when they are loaded.
Object.defineProperty(document, 'fonts', { value: new EventTarget() })

const schema: JsonObject = { properties: { filters: { type: 'object', default: { all: true } } } }
const field = only(fieldsOf(schema))

afterEach(cleanup)

/** The form with a value, and what it hands over; shown again with what it is then given. */
function shown(value: JsonObject) {
  const onChange = vi.fn<(value: JsonObject) => void>()
  const form = (current: JsonObject) => {
    const inside = createElement(ParameterForm, { schema, value: current, onChange })
    return createElement(MantineProvider, { env: 'test' }, inside)
  }
  const { rerender } = render(form(value))
  const input = () => screen.getByLabelText<HTMLTextAreaElement>('filters')
  return {
    text: () => input().value,
    isFaulty: () => input().getAttribute('aria-invalid') === 'true',
    show: (current: JsonObject) => rerender(form(current)),
    /** What the value becomes by it. */
    type: (text: string): JsonObject => {
      fireEvent.change(input(), { target: { value: text } })
      const next = onChange.mock.lastCall?.[0] ?? {}
      rerender(form(next))
      return next
    },
  }
}

test('text that is no JSON yet is a fault of the value, and stays as it was typed', () => {
  const form = shown({ filters: { old: 1 } })
  const broken = form.type('{ "new": ')
  expect(faultOf(field, broken['filters'])).toBe('This is not JSON yet.')
  expect(form.isFaulty()).toBe(true)
  expect(form.text()).toBe('{ "new": ')
  const whole = form.type('{ "new": 2 }')
  expect(whole).toEqual({ filters: { new: 2 } })
  expect(faultOf(field, whole['filters'])).toBeNull()
  expect(form.isFaulty()).toBe(false)
  expect(form.text()).toBe('{ "new": 2 }')
})

test('what comes from elsewhere replaces what was typed, whether that could be read or not', () => {
  const form = shown({ filters: { mine: 1 } })
  form.type('{ "mine": 2 }')
  form.show({ filters: { theirs: 3 } })
  expect(JSON.parse(form.text())).toEqual({ theirs: 3 })
  form.type('{ "mine": ')
  form.show({ filters: { theirs: 3 } })
  expect(JSON.parse(form.text())).toEqual({ theirs: 3 })
})

test('an empty field means the default, and is not filled while somebody is about to write', () => {
  const form = shown({ filters: { mine: 1 } })
  expect(form.type('')).toEqual({})
  expect(form.text()).toBe('')
  expect(form.isFaulty()).toBe(false)
})

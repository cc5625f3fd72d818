import { NumberInput, Select, Stack, Switch, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { JsonObject, JsonValue } from '../../shared/domain.ts'
import { useTouch } from '../components/form-popover.tsx'
import { faultOf, fieldsOf, jsonOfText, type ParameterField, textOfJson } from './parameter-fields.ts'

export interface ParameterFormProps {
  /** JSON Schema of the job type's parameters. */
  readonly schema: JsonObject
  /** What is set; what is missing uses the schema's default, which the form shows. */
  readonly value: JsonObject
  readonly onChange: (value: JsonObject) => void
  /** From the server, by field; a path such as `filters.0` belongs to its first part. */
  readonly errors?: Readonly<Record<string, string>>
  readonly disabled?: boolean
}

const noErrors = {}

/** A form made from a schema: one field for each property, with its default, limits and description. */
export function ParameterForm({ schema, value, onChange, errors = noErrors, disabled = false }: ParameterFormProps) {
  const fields = fieldsOf(schema)
  const touch = useTouch()
  if (fields.length === 0) return <p className="pm-dim">This job type takes no parameters.</p>
  return (
    <Stack gap="sm">
      {fields.map((field) => {
        const current = Object.hasOwn(value, field.name) ? value[field.name] : field.usual
        return (
          <Field
            key={field.name}
            field={field}
            value={current}
            error={errors[field.name] ?? faultOf(field, current)}
            disabled={disabled}
            onChange={(next) => {
              touch()
              onChange(changed(value, field.name, next))
            }}
          />
        )
      })}
    </Stack>
  )
}

/** Undefined takes the property away, so that the default counts again. */
function changed(value: JsonObject, name: string, next: JsonValue | undefined): JsonObject {
  const { [name]: _before, ...rest } = value
  return next === undefined ? rest : { ...rest, [name]: next }
}

interface FieldProps {
  readonly field: ParameterField
  readonly value: JsonValue | undefined
  readonly error: string | null
  readonly disabled: boolean
  readonly onChange: (value: JsonValue | undefined) => void
}

function Field({ field, value, error, disabled, onChange }: FieldProps) {
  const common = {
    label: field.label,
    description: descriptionOf(field),
    error,
    disabled,
    required: field.isRequired,
    withAsterisk: field.isRequired,
  }
  switch (field.kind) {
    case 'integer':
    case 'number':
      return (
        <NumberInput
          {...common}
          value={typeof value === 'number' || typeof value === 'string' ? value : ''}
          allowDecimal={field.kind === 'number'}
          // Limits are said, not enforced while typing: a number that is cut silently is not the one that was meant.
          clampBehavior="none"
          // Smaller than 24 px (WCAG 2.5.8); the arrow keys do the same.
          hideControls
          onChange={(next) => onChange(next === '' ? undefined : next)}
        />
      )
    case 'boolean':
      return <Switch {...common} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
    case 'choice':
      return (
        <Select
          {...common}
          data={field.choices.map((choice) => ({ value: JSON.stringify(choice), label: labelOf(choice) }))}
          value={value === undefined ? null : JSON.stringify(value)}
          // A click in a portal is one outside of the popover that the form may be in, and would close it.
          comboboxProps={{ withinPortal: false }}
          onChange={(next) => onChange(field.choices.find((choice) => JSON.stringify(choice) === next))}
        />
      )
    case 'list':
      return (
        <TagsInput
          {...common}
          value={Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []}
          onChange={(next) => onChange(next.length === 0 ? undefined : next)}
        />
      )
    case 'text':
      return (
        <TextInput
          {...common}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
        />
      )
    case 'json':
      return <JsonField common={common} field={field} value={value} onChange={onChange} />
  }
}

/** Shows what was typed for as long as the value is what it says; a value from elsewhere replaces it. */
function JsonField({ common, field, value, onChange }: Omit<FieldProps, 'error' | 'disabled'> & { common: object }) {
  const [typed, setTyped] = useState({ text: textOfJson(value), value })
  const isTyped = JSON.stringify(typed.value) === JSON.stringify(value)
  return (
    <Textarea
      {...common}
      value={isTyped ? typed.text : textOfJson(value)}
      autosize
      minRows={2}
      maxRows={12}
      spellCheck={false}
      onChange={({ currentTarget: { value: text } }) => {
        const next = jsonOfText(text)
        setTyped({ text, value: next ?? field.usual })
        onChange(next)
      }}
    />
  )
}

function labelOf(choice: JsonValue): string {
  return typeof choice === 'string' ? choice : JSON.stringify(choice)
}

function descriptionOf({ description, minimum, maximum, usual }: ParameterField): string | undefined {
  const limits =
    minimum !== null && maximum !== null
      ? `${minimum} to ${maximum}`
      : minimum !== null
        ? `at least ${minimum}`
        : maximum !== null
          ? `at most ${maximum}`
          : null
  const parts = [description, limits, usual === undefined || usual === '' ? null : `usually ${labelOf(usual)}`]
  const text = parts.filter((part) => part !== null).join(' · ')
  return text === '' ? undefined : text
}

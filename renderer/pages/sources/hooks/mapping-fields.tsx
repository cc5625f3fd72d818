import { Group, Select, TextInput } from '@mantine/core'
import { type MappingValues, mappingFault, mappingValue, type Origin } from './mapping-values.ts'

const origins: readonly { readonly value: Origin; readonly label: string }[] = [
  { value: 'default', label: 'its default' },
  { value: 'message', label: 'from the message' },
  { value: 'fixed', label: 'always the same' },
]

interface MappingFieldsProps {
  readonly parameters: readonly string[]
  readonly values: MappingValues
  readonly onChange: (values: MappingValues) => void
}

/** Where each parameter of the job comes from. */
export function MappingFields({ parameters, values, onChange }: MappingFieldsProps) {
  return (
    <>
      {parameters.map((name) => {
        const value = mappingValue(values, name)
        const set = (part: Partial<typeof value>): void => onChange({ ...values, [name]: { ...value, ...part } })
        return (
          <Group key={name} gap="xs" align="start">
            <Select
              label={name}
              w={180}
              allowDeselect={false}
              data={[...origins]}
              value={value.origin}
              onChange={(origin) => set({ origin: origins.find((one) => one.value === origin)?.value ?? 'default' })}
            />
            {value.origin !== 'default' && (
              <TextInput
                label={value.origin === 'message' ? `Where ${name} is in the message` : `What ${name} is, as JSON`}
                placeholder={value.origin === 'message' ? '/repository/name' : '7'}
                value={value.text}
                error={mappingFault(value)}
                onChange={(event) => set({ text: event.currentTarget.value })}
              />
            )}
          </Group>
        )
      })}
    </>
  )
}

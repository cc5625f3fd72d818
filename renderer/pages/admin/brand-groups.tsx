import { ActionIcon, Autocomplete, Button, Group } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { groupsOf, longestGroup } from '../../../shared/brand-groups.ts'
import type { AdministeredBrand } from '../../../shared/contract/admin.ts'
import { useGroups } from '../../app/organization.ts'
import { commandFailureOf } from '../../client/queries.ts'
import { counted } from '../../components/counts.ts'
import { SelectionBar } from '../../components/selection-bar.tsx'
import own from './admin.module.css'
import { FormButton } from './form-button.tsx'
import { useChangeGroups } from './use-change-groups.ts'

interface OfBrandProps {
  readonly brand: AdministeredBrand
  /** Why nothing can be changed now; null when it can. */
  readonly whyNot: string | null
}

/** The groups that one brand carries. */
export function GroupsOfBrand({ brand, whyNot }: OfBrandProps) {
  const { change, isPending } = useChangeGroups()
  return (
    <ul className={own['things']}>
      {brand.groups.map((group) => (
        <li key={group}>
          <bdi>{group}</bdi>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            disabled={whyNot !== null || isPending}
            aria-label={`Take ${brand.name} out of ${group}`}
            onClick={() => change({ brandIds: [brand.id], remove: [group] })}
          >
            <IconX size={12} />
          </ActionIcon>
        </li>
      ))}
      <li>
        <FormButton label={`Add to group: ${brand.name}`} words="Add to group" whyNot={whyNot}>
          {(close) => <GroupForm brandIds={[brand.id]} onDone={close} />}
        </FormButton>
      </li>
    </ul>
  )
}

interface OfManyProps {
  readonly brands: readonly AdministeredBrand[]
  readonly whyNot: string | null
  readonly onClear: () => void
}

/** What can be done to the groups of the selected brands at once. */
export function GroupsOfMany({ brands, whyNot, onClear }: OfManyProps) {
  const { change, isPending } = useChangeGroups()
  const brandIds = brands.map(({ id }) => id)
  const carried = groupsOf(brands)
  return (
    <SelectionBar label="Selected brands" counted={counted(brands.length, 'brand')} onClear={onClear}>
      <FormButton label="Add to group: the selected brands" words="Add to group" whyNot={whyNot}>
        {(close) => <GroupForm brandIds={brandIds} onDone={close} />}
      </FormButton>
      <FormButton
        label="Take out of group: the selected brands"
        words="Take out of group"
        whyNot={whyNot ?? (carried.length === 0 ? 'None of them is in a group.' : null)}
      >
        {(close) => (
          <Group gap={6}>
            {carried.map(({ name, brands: count }) => (
              <Button
                key={name}
                variant="default"
                disabled={isPending}
                onClick={() => change({ brandIds, remove: [name] }, close)}
              >
                <bdi>{name}</bdi>&nbsp;({count})
              </Button>
            ))}
          </Group>
        )}
      </FormButton>
    </SelectionBar>
  )
}

function GroupForm({ brandIds, onDone }: { brandIds: readonly string[]; onDone: () => void }) {
  const { change, isPending, error } = useChangeGroups()
  const groups = useGroups()
  const [name, setName] = useState('')
  const failure = error === null ? null : commandFailureOf(error)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') change({ brandIds, add: [name] }, onDone)
      }}
    >
      <Autocomplete
        label="Group"
        description="One that there is, or a new one."
        data-autofocus
        data={groups.map((group) => group.name)}
        value={name}
        maxLength={longestGroup * 2}
        error={failure === null ? null : [failure.message, failure.fix].join(' ')}
        comboboxProps={{ withinPortal: false }}
        onChange={setName}
      />
      <Button type="submit" mt="sm" loading={isPending} disabled={name.trim() === ''}>
        Add
      </Button>
    </form>
  )
}

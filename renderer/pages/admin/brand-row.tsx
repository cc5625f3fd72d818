import { ActionIcon, Button, Checkbox, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AdministeredBrand } from '../../../shared/contract/admin.ts'
import type { Due } from '../../../shared/due.ts'
import { dueWords, maximumInShort } from '../../../shared/due-words.ts'
import { useQueries } from '../../client/context.tsx'
import { commandFailureOf, failureOf } from '../../client/queries.ts'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import own from './admin.module.css'
import { GroupsOfBrand } from './brand-groups.tsx'
import { FormButton } from './form-button.tsx'
import { LibrarySearches } from './library-searches.tsx'
import { NameForm } from './name-form.tsx'
import { type BrandPolicy, type Commands, seenAtOf, useBrandCommands } from './use-brand-commands.ts'

interface RowProps {
  readonly brand: AdministeredBrand
  /** Why nothing can be changed now; null when it can. */
  readonly whyNot: string | null
}

interface BrandRowProps extends RowProps {
  readonly isChosen: boolean
  readonly onChoose: (isChosen: boolean) => void
}

export function BrandRow({ brand, whyNot, isChosen, onChoose }: BrandRowProps) {
  const commands = useBrandCommands(brand)
  const isArchived = brand.archivedAt !== null
  const reason = isArchived ? 'It is put away.' : whyNot
  return (
    <tr>
      <td>
        <Checkbox
          size="xs"
          aria-label={`Select ${brand.name}`}
          checked={isChosen}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
      </td>
      <th scope="row" className={own['brand']}>
        <Name text={brand.name} />
        {isArchived && (
          <span className="pm-dim">
            {' '}
            put away <Age at={brand.archivedAt} />
          </span>
        )}
      </th>
      <td>
        <GroupsOfBrand brand={brand} whyNot={whyNot} />
      </td>
      <td>
        <Accounts brand={brand} commands={commands} whyNot={reason} />
      </td>
      <td>
        <Policies brand={brand} commands={commands} whyNot={reason} />
      </td>
      <td>
        <LibrarySearches brand={brand} whyNot={reason} />
      </td>
      <td className={own['nowrap']}>
        {isArchived ? (
          <Button
            variant="default"
            disabled={whyNot !== null}
            loading={commands.isPending}
            aria-label={`Bring back ${brand.name}`}
            onClick={commands.restore}
          >
            Bring back
          </Button>
        ) : (
          <Group gap={6} wrap="nowrap">
            <RenameButton brand={brand} commands={commands} whyNot={whyNot} />
            <Button
              variant="default"
              disabled={whyNot !== null}
              loading={commands.isPending}
              aria-label={`Put away ${brand.name}`}
              onClick={commands.archive}
            >
              Put away
            </Button>
          </Group>
        )}
      </td>
    </tr>
  )
}

interface PartProps extends RowProps {
  readonly commands: Commands
}

function RenameButton({ brand, commands: { rename }, whyNot }: PartProps) {
  return (
    <FormButton label={`Rename ${brand.name}`} words="Rename" whyNot={whyNot}>
      {(close) => (
        <NameForm
          label="New name"
          button="Rename"
          start={brand.name}
          isPending={rename.isPending}
          failure={rename.error === null ? null : commandFailureOf(rename.error).message}
          whyNot={whyNot}
          onSubmit={(name) => rename.mutate({ brandId: brand.id, name }, { onSuccess: close })}
        />
      )}
    </FormButton>
  )
}

function Accounts({ brand, commands, whyNot }: PartProps) {
  return (
    <ul className={own['things']}>
      {brand.accounts.map((account) => (
        <li key={account.accountId}>
          <span title={[account.currency, account.timeZone].filter((fact) => fact !== null).join(', ')}>
            <bdi>{(account.name ?? account.accountId).slice(0, 60)}</bdi>{' '}
            <span className="pm-dim">
              {account.name !== null && account.accountId}
              {account.isPrimary && ' primary'}
            </span>
          </span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            disabled={whyNot !== null}
            aria-label={`Take ${account.accountId} away from ${brand.name}`}
            onClick={() => commands.unlink(account)}
          >
            <IconX size={12} />
          </ActionIcon>
        </li>
      ))}
      <li>
        <FormButton label={`Link account to ${brand.name}`} words="Link account" whyNot={whyNot}>
          {(close) => <LinkForm brand={brand} commands={commands} onDone={close} />}
        </FormButton>
      </li>
    </ul>
  )
}

function LinkForm({
  brand,
  commands: { link },
  onDone,
}: {
  brand: AdministeredBrand
  commands: Commands
  onDone: () => void
}) {
  const [accountId, setAccountId] = useState('')
  const [name, setName] = useState('')
  const [isPrimary, setIsPrimary] = useState(false)
  const title = name.trim() === '' ? {} : { name }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        link.mutate({ brandId: brand.id, accountId: accountId.trim(), isPrimary, ...title }, { onSuccess: onDone })
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Ad account"
          placeholder="act_1234567890"
          data-autofocus
          value={accountId}
          onChange={(event) => setAccountId(event.currentTarget.value)}
        />
        <TextInput
          label="Name, if Meta's own will not do"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox
          label="The primary one"
          description="Its time zone makes the days of Ad performance."
          checked={isPrimary}
          onChange={(event) => setIsPrimary(event.currentTarget.checked)}
        />
        <Button type="submit" loading={link.isPending} disabled={accountId.trim() === ''}>
          Link
        </Button>
      </Stack>
    </form>
  )
}

function Policies({ brand, commands, whyNot }: PartProps) {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  const usual = new Map(data?.datasets.map(({ key, due }) => [key, due]))
  // A warning age alone is set in the drawer of its dataset.
  const shown = brand.policies.filter(({ maxAgeHours, due }) => maxAgeHours !== null || due !== null)
  return (
    <ul className={own['things']}>
      {shown.map(({ dataset, ...policy }) => (
        <li key={dataset}>
          <bdi>{dataset.slice(0, 80)}</bdi>{' '}
          <span className="pm-dim">{policyWords(policy, usual.get(dataset) ?? null)}</span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            disabled={whyNot !== null}
            aria-label={`Use the usual ${policy.maxAgeHours === null ? 'due time' : 'maximum age'} of ${dataset} for ${brand.name}`}
            onClick={() => commands.clearPolicy({ dataset, ...policy })}
          >
            <IconX size={12} />
          </ActionIcon>
        </li>
      ))}
      <li>
        <FormButton label={`Set maximum age for ${brand.name}`} words="Set maximum age" whyNot={whyNot}>
          {(close) => <PolicyForm brand={brand} commands={commands} onDone={close} />}
        </FormButton>
      </li>
    </ul>
  )
}

/** "48 h at 09:00 on weekdays"; of a due time alone "due at 09:00 on weekdays". `usual`: the due time of the dataset, which counts without one (F9). */
function policyWords({ maxAgeHours, due }: Pick<BrandPolicy, 'maxAgeHours' | 'due'>, usual: Due | null): string {
  if (maxAgeHours !== null) return maximumInShort(maxAgeHours, due ?? usual)
  return due === null ? '' : `due ${dueWords(due)}`
}

function PolicyForm({
  brand,
  commands: { policy },
  onDone,
}: {
  brand: AdministeredBrand
  commands: Commands
  onDone: () => void
}) {
  const catalog = useQuery(useQueries().catalog.get.queryOptions())
  const [dataset, setDataset] = useState<string | null>(null)
  const [hours, setHours] = useState<number | string>('')
  // What was there when the form was opened; null: what is there now, once somebody else's change has been told.
  const [seen, setSeen] = useState<readonly BrandPolicy[] | null>(brand.policies)
  const isPossible = dataset !== null && typeof hours === 'number' && hours > 0
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isPossible) return
        const seenAt = seenAtOf(seen ?? brand.policies, dataset)
        const onError = (thrown: unknown): void => {
          if (failureOf(thrown).code === 'CONFLICT') setSeen(null)
        }
        policy.mutate({ brandId: brand.id, dataset, maxAgeHours: hours, seenAt }, { onSuccess: onDone, onError })
      }}
    >
      <Stack gap="sm">
        <Select
          label="Dataset"
          data={(catalog.data?.datasets ?? []).map(({ key, label }) => ({ value: key, label }))}
          value={dataset}
          onChange={setDataset}
          searchable
          comboboxProps={{ withinPortal: false }}
        />
        <NumberInput
          label="Maximum age in hours"
          suffix=" h"
          value={hours}
          clampBehavior="none"
          // Smaller than 24 px (WCAG 2.5.8); the arrow keys do the same.
          hideControls
          allowNegative={false}
          onChange={setHours}
        />
        <Button type="submit" loading={policy.isPending} disabled={!isPossible}>
          Set
        </Button>
      </Stack>
    </form>
  )
}

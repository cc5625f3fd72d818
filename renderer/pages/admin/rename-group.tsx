import { Button, Select, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { groupKey, longestGroup } from '../../../shared/brand-groups.ts'
import { useGroups } from '../../app/organization.ts'
import { useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { commandFailureOf } from '../../client/queries.ts'
import { counted } from '../../components/counts.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../../components/notify.ts'
import { useTellIfGone } from '../../components/use-is-there.ts'
import { FormButton } from './form-button.tsx'
import { refreshBrands } from './use-brand-commands.ts'

/** Another name for a group, for all of its brands and the routes that follow it; nothing while there is no group. */
export function RenameGroup({ whyNot }: { whyNot: string | null }) {
  if (useGroups().length === 0) return null
  return (
    <FormButton label="Rename a group" words="Rename a group" whyNot={whyNot}>
      {(close) => <RenameForm onDone={close} />}
    </FormButton>
  )
}

interface Rename {
  readonly group: string
  readonly name: string
  readonly joins: boolean
}

function RenameForm({ onDone }: { onDone: () => void }) {
  const groups = useGroups()
  const [group, setGroup] = useState<string | null>(groups.length === 1 ? (groups[0]?.name ?? null) : null)
  const [name, setName] = useState('')
  const { rename, isPending, failure, taken } = useRenameGroup(onDone)
  const other =
    group === null
      ? undefined
      : groups.find((one) => groupKey(one.name) === groupKey(name) && groupKey(one.name) !== groupKey(group))
  // Nobody in use carries it: that it is there is known once it was asked for.
  const joins = other !== undefined || (taken !== null && taken === name)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (group !== null && name.trim() !== '') rename({ group, name, joins })
      }}
    >
      <Select
        label="Group"
        data-autofocus
        openOnFocus={false}
        searchable
        allowDeselect={false}
        data={groups.map((one) => one.name)}
        value={group}
        comboboxProps={{ withinPortal: false }}
        onChange={setGroup}
      />
      <TextInput
        label="New name"
        mt="xs"
        value={name}
        maxLength={longestGroup * 2}
        error={failure}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {other !== undefined && (
        <p role="status">
          There is <bdi>{other.name}</bdi> already, with {counted(other.brands, 'brand')}: both become one.
        </p>
      )}
      <Button type="submit" mt="sm" loading={isPending} disabled={group === null || name.trim() === ''}>
        {joins ? 'Join the groups' : 'Rename'}
      </Button>
    </form>
  )
}

/** What was renamed can be renamed back; two that were joined cannot be told apart again. */
function useRenameGroup(onDone: () => void) {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const cache = useQueryClient()
  const onSettled = async () => {
    await refreshBrands(cache, queries)
    await cache.invalidateQueries({ queryKey: queries.notifications.routes.key() })
  }
  const onError = useTellIfGone()
  const undo = useMutation(queries.admin.renameGroup.mutationOptions({ onSettled, onError: notifyFailure }))
  const renaming = useMutation(
    queries.admin.renameGroup.mutationOptions({
      onSettled,
      onError,
      onSuccess: ({ brands, routes }, { group, name, joins }) => {
        if (brands + routes === 0) return notifyDone('It is so already.')
        const followed = routes === 0 ? '' : `, also in ${counted(routes, 'route')}`
        if (joins === true) return notifyDone(`${group} is part of ${name.trim()} now${followed}.`)
        const run = () => undo.mutate({ organizationId, group: name, name: group, joins: false })
        return notifyUndoable(`${group} is called ${name.trim()} now${followed}.`, { label: 'Undo', run })
      },
    }),
  )
  const { error, variables } = renaming
  const failure = error === null ? null : commandFailureOf(error)
  return {
    rename: (rename: Rename): void => renaming.mutate({ organizationId, ...rename }, { onSuccess: onDone }),
    isPending: renaming.isPending,
    failure: failure === null ? null : [failure.message, failure.fix].join(' '),
    /** What was asked for is the name of another group; null otherwise. */
    taken: failure?.code === 'CONFLICT' ? (variables?.name ?? null) : null,
  }
}

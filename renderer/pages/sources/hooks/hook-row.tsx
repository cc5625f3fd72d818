import { Button, Switch } from '@mantine/core'
import type { HookView } from '../../../../shared/contract/hooks.ts'
import { Name } from '../../../components/untrusted.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import own from '../sources.module.css'
import { useChangeHook, useRemoveHook } from './use-hooks.ts'

export interface HookRowProps {
  readonly hook: HookView
  /** Another one is edited. */
  readonly isBusy: boolean
  /** Something is open above the list that must not be replaced unasked. */
  readonly isTaken: boolean
  readonly onEdit: () => void
  readonly onLook: () => void
  readonly onRenew: () => void
}

export function HookRow({ hook, isBusy, isTaken, onEdit, onLook, onRenew }: HookRowProps) {
  const { change, isPending: isChanging } = useChangeHook()
  const { remove, isPending: isRemoving } = useRemoveHook()
  const whyNot = useWhyNot()
  const isDisabled = whyNot !== null || isChanging || isRemoving || isBusy
  const button = { variant: 'default', disabled: isDisabled } as const
  const opener = { variant: 'default', disabled: isDisabled || isTaken } as const
  return (
    <tr>
      <td>
        <Switch
          size="sm"
          aria-label={`Hook ${hook.name} is on`}
          checked={hook.enabled}
          disabled={isDisabled}
          title={whyNot ?? undefined}
          onChange={(event) => change(hook, { enabled: event.currentTarget.checked })}
        />
      </td>
      <th scope="row" className={own['name']}>
        <Name text={hook.name} />
      </th>
      <td>
        <bdi>{hook.jobType}</bdi> of <bdi>{hook.brand.name}</bdi>
      </td>
      <td data-secondary>{hook.style === 'github' ? 'GitHub' : 'Standard Webhooks'}</td>
      <td className={own['actions']}>
        <Button variant="default" aria-label={`Deliveries of ${hook.name}`} onClick={onLook}>
          Deliveries
        </Button>
        <Button {...opener} aria-label={`Edit the hook ${hook.name}`} onClick={onEdit}>
          Edit
        </Button>
        <Button {...opener} aria-label={`New secret for ${hook.name}`} onClick={onRenew}>
          New secret
        </Button>
        <Button {...button} aria-label={`Remove the hook ${hook.name}`} onClick={() => remove(hook)}>
          Remove
        </Button>
      </td>
    </tr>
  )
}

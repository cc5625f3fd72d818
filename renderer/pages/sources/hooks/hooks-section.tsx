import { Button, Group, Skeleton } from '@mantine/core'
import { useState } from 'react'
import type { HookView } from '../../../../shared/contract/hooks.ts'
import { useAsk } from '../../../app/ask.tsx'
import { useCommands } from '../../../app/commands.tsx'
import { Failure } from '../../../components/failure.tsx'
import { useKeptFocus } from '../../../components/kept-focus.ts'
import { useWhyNot } from '../../../run-now/why-not.ts'
import classes from '../../page.module.css'
import own from '../sources.module.css'
import { Deliveries } from './deliveries.tsx'
import { HookForm } from './hook-form.tsx'
import { HookLines } from './hook-lines.tsx'
import { HookRow } from './hook-row.tsx'
import { type ShownSecret, useHooks, useRenewSecret } from './use-hooks.ts'

/** One thing is open above the list at a time, until it is closed: what is typed in it, and a secret shown this once, cannot be had back. */
type Opened =
  | { readonly kind: 'new' }
  | { readonly kind: 'edit'; readonly hook: HookView }
  | { readonly kind: 'secret'; readonly shown: ShownSecret }

/** Addresses at which other programs queue jobs. */
export function HooksSection() {
  const { data, error, refetch } = useHooks()
  const [opened, setOpened] = useState<Opened | null>(null)
  const [lookedAt, setLookedAt] = useState<string | null>(null)
  const whyNot = useWhyNot()
  const keptFocus = useKeptFocus()
  const hooks = data?.hooks
  useCommands([
    {
      id: 'hooks.new',
      label: 'New hook',
      disabledReason: whyNot ?? (opened === null ? null : 'a form is open, or a secret is shown'),
      run: () => setOpened({ kind: 'new' }),
    },
  ])
  const show = (shown: ShownSecret): void => setOpened({ kind: 'secret', shown })
  const close = (): void => setOpened(null)
  const renew = useAskedRenewal(show)
  return (
    <section className={classes['section']} aria-labelledby="hooks" {...keptFocus}>
      <Group justify="space-between" wrap="nowrap">
        <h2 id="hooks">Hooks</h2>
        <Button
          variant="default"
          disabled={whyNot !== null || opened !== null}
          title={whyNot ?? undefined}
          onClick={() => setOpened({ kind: 'new' })}
        >
          New hook
        </Button>
      </Group>
      <p>
        A hook is an address at which another program queues a job of a brand: when a repository is pushed to, when a
        file has arrived. What it sends is signed, and says with which parameters.
      </p>
      {opened?.kind === 'new' && <HookForm hook={null} onMade={show} onClose={close} />}
      {opened?.kind === 'edit' && <HookForm key={opened.hook.id} hook={opened.hook} onMade={show} onClose={close} />}
      {opened?.kind === 'secret' && <HookLines shown={opened.shown} onClose={close} />}
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {hooks === undefined && error === null && <Skeleton height={72} />}
      {hooks?.length === 0 && <p>There is no hook yet.</p>}
      {hooks !== undefined && hooks.length > 0 && (
        <HooksTable
          hooks={hooks}
          opened={opened}
          onEdit={(hook) => setOpened({ kind: 'edit', hook })}
          onLook={({ id }) => setLookedAt(id === lookedAt ? null : id)}
          onRenew={renew}
        />
      )}
      {lookedAt !== null && <DeliveriesOf hooks={hooks ?? []} hookId={lookedAt} />}
    </section>
  )
}

function DeliveriesOf({ hooks, hookId }: { hooks: readonly HookView[]; hookId: string }) {
  const hook = hooks.find(({ id }) => id === hookId)
  return hook === undefined ? null : <Deliveries hook={hook} />
}

interface HooksTableProps {
  readonly hooks: readonly HookView[]
  readonly opened: Opened | null
  readonly onEdit: (hook: HookView) => void
  readonly onLook: (hook: HookView) => void
  readonly onRenew: (hook: HookView) => void
}

function HooksTable({ hooks, opened, onEdit, onLook, onRenew }: HooksTableProps) {
  return (
    <div className={own['scrolls']}>
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">Hooks</caption>
        <thead>
          <tr>
            <th scope="col">On</th>
            <th scope="col">Name</th>
            <th scope="col">Queues</th>
            <th scope="col" data-secondary>
              Signed as
            </th>
            <th scope="col">
              <span className="pm-visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {hooks.map((hook) => (
            <HookRow
              key={hook.id}
              hook={hook}
              isBusy={opened?.kind === 'edit'}
              isTaken={opened !== null}
              onEdit={() => onEdit(hook)}
              onLook={() => onLook(hook)}
              onRenew={() => onRenew(hook)}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The old secret cannot be had back, so it is asked first. */
function useAskedRenewal(onRenewed: (shown: ShownSecret) => void): (hook: HookView) => void {
  const { renew } = useRenewSecret(onRenewed)
  const ask = useAsk()
  return (hook) =>
    ask({
      question: `A new secret for ${hook.name.slice(0, 100)}? What is signed with the old one is refused from then on.`,
      yes: 'Make a new secret',
      no: 'Keep the old one',
      isDangerous: true,
      onYes: () => renew(hook),
    })
}

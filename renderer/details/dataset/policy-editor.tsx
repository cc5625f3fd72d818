import { Button, Group, NumberInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { formatHours } from '../../../shared/duration.ts'
import { useQueries } from '../../client/context.tsx'
import { failureOf } from '../../client/queries.ts'
import { notifyFailure, notifyUndoable } from '../../components/notify.ts'
import { Age } from '../../components/time.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from './dataset-details.module.css'

const longestHours = 87_600

export interface PolicyEditorProps {
  readonly brandId: string
  readonly dataset: string
  /** What counts now, hours; null = nothing says. */
  readonly maxAgeHours: number | null
  readonly source: 'brand' | 'dataset' | 'page' | 'none'
  readonly policy: { readonly maxAgeHours: number; readonly changedAt: Date; readonly changedBy: string | null } | null
}

const sources = {
  brand: 'set for this brand',
  dataset: 'the usual of the dataset',
  page: 'asked by the strictest page',
  none: 'nothing says how old it may be',
} as const

/** How old the data may be for this brand (F9): what counts now and why, and the brand's own maximum. */
export function PolicyEditor({ brandId, dataset, maxAgeHours, source, policy }: PolicyEditorProps) {
  const [typed, setTyped] = useState<number | string | null>(null)
  const whyNot = useWhyNot()
  const save = useSavePolicy(brandId, dataset, () => setTyped(null))
  const value = typed ?? policy?.maxAgeHours ?? ''
  const fault = typed === null ? null : faultOf(typed)
  return (
    <section aria-labelledby="policy-title">
      <h3 id="policy-title" className={classes['title']}>
        Maximum age
        <span className="pm-dim">
          {maxAgeHours === null ? '' : `${formatHours(maxAgeHours)}, `}
          {sources[source]}
        </span>
      </h3>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (typeof typed === 'number' && fault === null) save.start(typed)
        }}
      >
        <Group gap="xs" align="flex-start">
          <NumberInput
            aria-label="Maximum age for this brand, in hours"
            placeholder="Hours, for this brand"
            suffix=" h"
            w={180}
            value={value}
            error={fault ?? save.failure}
            disabled={whyNot !== null}
            clampBehavior="none"
            // Smaller than 24 px (WCAG 2.5.8); the arrow keys do the same.
            hideControls
            allowNegative={false}
            onChange={(next) => setTyped(next)}
          />
          <Button
            type="submit"
            disabled={typeof typed !== 'number' || fault !== null || whyNot !== null}
            loading={save.isPending}
          >
            Save
          </Button>
          {policy !== null && (
            <Button
              variant="default"
              disabled={whyNot !== null}
              loading={save.isPending}
              onClick={() => save.start(null)}
            >
              Use the usual one
            </Button>
          )}
        </Group>
      </form>
      {whyNot !== null && <p className="pm-dim">{whyNot}</p>}
      {policy !== null && (
        <p className={classes['note']}>
          Set by <bdi>{policy.changedBy ?? 'somebody'}</bdi> <Age at={policy.changedAt} />
        </p>
      )}
    </section>
  )
}

function faultOf(typed: number | string): string | null {
  if (typed === '') return null
  if (typeof typed !== 'number' || !Number.isFinite(typed)) return 'This takes a number of hours.'
  if (typed <= 0) return 'More than 0 hours.'
  return typed > longestHours ? `At most ${longestHours.toLocaleString()} hours (10 years).` : null
}

function useSavePolicy(brandId: string, dataset: string, onSaved: () => void) {
  const queries = useQueries()
  const cache = useQueryClient()
  const onSettled = () => cache.invalidateQueries({ queryKey: queries.freshness.key() })
  const { mutate: takeBack } = useMutation(
    queries.freshness.setPolicy.mutationOptions({ onError: notifyFailure, onSettled }),
  )
  const mutation = useMutation(
    queries.freshness.setPolicy.mutationOptions({
      // Said here, not where `mutate` is called: the drawer may be closed by then.
      onSuccess: ({ before }, { maxAgeHours }) => {
        onSaved()
        const message =
          maxAgeHours === null ? 'The usual maximum counts again.' : `May be ${formatHours(maxAgeHours)} old now.`
        notifyUndoable(message, { label: 'Undo', run: () => takeBack({ brandId, dataset, maxAgeHours: before }) })
      },
      onSettled,
    }),
  )
  return {
    isPending: mutation.isPending,
    failure: mutation.error === null ? null : failureOf(mutation.error).message,
    start: (maxAgeHours: number | null) => mutation.mutate({ brandId, dataset, maxAgeHours }),
  }
}

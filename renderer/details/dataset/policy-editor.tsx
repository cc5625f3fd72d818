import { Button, Group, NumberInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { formatHours } from '../../../shared/duration.ts'
import { useQueries } from '../../client/context.tsx'
import { commandFailureOf } from '../../client/queries.ts'
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
  readonly policy: {
    /** Null: only a warning age is the brand's own. */
    readonly maxAgeHours: number | null
    /** From this age on it is at risk; null = no age says so. */
    readonly warnAgeHours: number | null
    readonly changedAt: Date
    readonly changedBy: string | null
  } | null
}

const sources = {
  brand: 'set for this brand',
  dataset: 'the usual of the dataset',
  page: 'asked by the strictest page',
  none: 'nothing says how old it may be',
} as const

/** How old the data may be for this brand (F9), and from when on it is at risk (F7): what counts now and why, and the brand's own ages. */
export function PolicyEditor({ brandId, dataset, maxAgeHours, source, policy }: PolicyEditorProps) {
  const [typed, setTyped] = useState<Typed>({})
  const whyNot = useWhyNot()
  const save = useSavePolicy(brandId, dataset, policy?.changedAt ?? null, () => setTyped({}))
  const maximum = typed.maximum ?? policy?.maxAgeHours ?? ''
  const warning = typed.warning ?? policy?.warnAgeHours ?? ''
  const faults = { maximum: faultOf(maximum), warning: faultOf(warning) ?? tooLate(warning, maximum) }
  const isReady = (maximum !== '' || warning !== '') && Object.values(faults).every((fault) => fault === null)
  const isChanged = typed.maximum !== undefined || typed.warning !== undefined
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
          if (isReady) save.start({ maxAgeHours: hoursIn(maximum), warnAgeHours: hoursIn(warning) })
        }}
      >
        <Group gap="xs" align="flex-start">
          <HoursInput
            label="Maximum age for this brand, in hours"
            placeholder="Hours, for this brand"
            value={maximum}
            error={faults.maximum ?? save.failure}
            disabled={whyNot !== null}
            onChange={(next) => setTyped({ ...typed, maximum: next })}
          />
          <HoursInput
            label="At risk from this age on, in hours"
            placeholder="At risk from, hours"
            value={warning}
            error={faults.warning}
            disabled={whyNot !== null}
            onChange={(next) => setTyped({ ...typed, warning: next })}
          />
          <Button type="submit" disabled={!isReady || !isChanged || whyNot !== null} loading={save.isPending}>
            Save
          </Button>
          {policy !== null && (
            <Button
              variant="default"
              disabled={whyNot !== null}
              loading={save.isPending}
              onClick={() => save.start({ maxAgeHours: null, warnAgeHours: null })}
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

/** What stands in the fields; absent = as it is stored. */
interface Typed {
  readonly maximum?: number | string
  readonly warning?: number | string
}

interface HoursInputProps {
  readonly label: string
  readonly placeholder: string
  readonly value: number | string
  readonly error: string | null
  readonly disabled: boolean
  readonly onChange: (next: number | string) => void
}

function HoursInput({ label, ...field }: HoursInputProps) {
  return (
    <NumberInput
      aria-label={label}
      suffix=" h"
      w={170}
      clampBehavior="none"
      // Smaller than 24 px (WCAG 2.5.8); the arrow keys do the same.
      hideControls
      allowNegative={false}
      {...field}
    />
  )
}

/** What is stale already is not at risk any more. */
function tooLate(warning: number | string, maximum: number | string): string | null {
  const isLate = typeof warning === 'number' && typeof maximum === 'number' && warning >= maximum
  return isLate ? `Less than the maximum of ${formatHours(maximum)}.` : null
}

function hoursIn(typed: number | string): number | null {
  return typeof typed === 'number' ? typed : null
}

function faultOf(typed: number | string): string | null {
  if (typed === '') return null
  if (typeof typed !== 'number' || !Number.isFinite(typed)) return 'This takes a number of hours.'
  if (typed <= 0) return 'More than 0 hours.'
  return typed > longestHours ? `At most ${longestHours.toLocaleString()} hours (10 years).` : null
}

function savedWords(maximum: number | null, warning: number | null): string {
  if (maximum !== null) return `May be ${formatHours(maximum)} old now.`
  if (warning !== null) return `At risk from ${formatHours(warning)} on now; the usual maximum counts.`
  return 'The usual maximum counts again.'
}

/** Nothing is overwritten that somebody else has set since: not by the change, and not by what takes it back. */
function useSavePolicy(brandId: string, dataset: string, seenAt: Date | null, onSaved: () => void) {
  const queries = useQueries()
  const cache = useQueryClient()
  const onSettled = () => cache.invalidateQueries({ queryKey: queries.freshness.key() })
  const { mutate: takeBack } = useMutation(
    queries.freshness.setPolicy.mutationOptions({ onError: notifyFailure, onSettled }),
  )
  const mutation = useMutation(
    queries.freshness.setPolicy.mutationOptions({
      // Said here, not where `mutate` is called: the drawer may be closed by then.
      onSuccess: ({ before, warnBefore, changedAt }, { maxAgeHours, warnAgeHours }) => {
        onSaved()
        const message = savedWords(maxAgeHours, warnAgeHours ?? null)
        const ages = {
          maxAgeHours: before,
          warnAgeHours: warnBefore,
          seenAt: changedAt?.toISOString() ?? null,
        }
        notifyUndoable(message, { label: 'Undo', run: () => takeBack({ brandId, dataset, ...ages }) })
      },
      onSettled,
    }),
  )
  return {
    isPending: mutation.isPending,
    failure: mutation.error === null ? null : commandFailureOf(mutation.error).message,
    start: (ages: { readonly maxAgeHours: number | null; readonly warnAgeHours: number | null }) =>
      mutation.mutate({ brandId, dataset, ...ages, seenAt: seenAt?.toISOString() ?? null }),
  }
}

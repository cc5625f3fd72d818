import { Box, Button, Group, NumberInput } from '@mantine/core'
import type { Due } from '../../../shared/due.ts'
import { maximumWords } from '../../../shared/due-words.ts'
import { Conflict } from '../../components/conflict.tsx'
import { changedFields } from '../../components/settling.ts'
import { Age, Instant } from '../../components/time.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from './dataset-details.module.css'
import { DueFields } from './due-fields.tsx'
import { ageInWords, agesOf, isPossible, type Policy, saysSomething, staleAfter } from './policy-ages.ts'
import { usePolicyEdit, useUsualDue } from './use-policy-edit.ts'

export interface PolicyEditorProps {
  readonly brandId: string
  readonly dataset: string
  /** What counts now, hours; null = nothing says. */
  readonly maxAgeHours: number | null
  readonly source: 'brand' | 'dataset' | 'page' | 'none'
  /** When that counts; null = always. */
  readonly due: Due | null
  readonly lastSuccessAt: Date | null
  /** Null: the brand has no age of its own. */
  readonly policy: Policy | null
}

const sources = {
  brand: 'set for this brand',
  dataset: 'the usual of the dataset',
  page: 'asked by the strictest page',
  none: 'nothing says how old it may be',
} as const

/** How old the data may be for this brand and when (F9), and from when on it is at risk (F7): what counts now and why, and what is its own. */
export function PolicyEditor({ brandId, dataset, maxAgeHours, source, due, lastSuccessAt, policy }: PolicyEditorProps) {
  const whyNot = useWhyNot()
  const usualDue = useUsualDue(dataset)
  const edit = usePolicyEdit({ brandId, dataset }, policy, usualDue)
  const { ages, faults, isChanged, isConflict, isPending } = edit
  const isUnanchored = ages.due !== null && ages.maximum === '' && source === 'none'
  const isReady = saysSomething(ages) && isPossible(ages) && isChanged && !isConflict && !isUnanchored
  const staleAt = staleAfter(ages, { hours: source === 'brand' ? null : maxAgeHours, due: usualDue }, lastSuccessAt)
  const field = { disabled: whyNot !== null, readOnly: isPending }
  return (
    <section aria-labelledby="policy-title">
      <h3 id="policy-title" className={classes['title']}>
        Maximum age
        <span className="pm-dim">
          {maxAgeHours === null ? '' : `${maximumWords(maxAgeHours, due)}, `}
          {sources[source]}
        </span>
      </h3>
      <form
        data-unsaved={isChanged}
        onBlur={edit.rest}
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady && !isPending) edit.save()
        }}
      >
        <Group gap="xs" align="flex-start">
          <HoursInput
            label="Maximum age for this brand, in hours"
            placeholder="Hours, for this brand"
            value={ages.maximum}
            error={faults.maximum ?? edit.failure}
            onChange={(maximum) => edit.change({ maximum })}
            {...field}
          />
          <HoursInput
            label="At risk from this age on, in hours"
            placeholder="At risk from, hours"
            value={ages.warning}
            error={faults.warning}
            onChange={(warning) => edit.change({ warning })}
            {...field}
          />
          <Button type="submit" disabled={!isReady || whyNot !== null} loading={isPending}>
            Save
          </Button>
          {isChanged && !isPending && !isConflict && (
            <Button variant="default" onClick={edit.discard}>
              Discard
            </Button>
          )}
          {policy !== null && !isChanged && (
            <Button variant="default" disabled={whyNot !== null} loading={isPending} onClick={edit.useUsual}>
              Use the usual one
            </Button>
          )}
        </Group>
        <DueFields
          value={ages.due}
          stored={edit.base?.due ?? due}
          error={isUnanchored ? 'Set a maximum age as well: this says when it counts.' : null}
          disabled={field.disabled || isPending}
          onChange={(next) => edit.change({ due: next })}
        />
        {staleAt !== null && (
          <p className={classes['note']}>
            Stale after <Instant at={staleAt} zone={ages.due?.zone ?? null} /> if nothing succeeds before.
          </p>
        )}
      </form>
      {isConflict && (
        <Box mt="xs">
          <PolicyConflict edit={edit} theirs={policy} />
        </Box>
      )}
      {whyNot !== null && <p className="pm-dim">{whyNot}</p>}
      {policy !== null && (
        <p className={classes['note']}>
          Set by <bdi>{policy.changedBy ?? 'somebody'}</bdi> <Age at={policy.changedAt} />
        </p>
      )}
    </section>
  )
}

const labels = { maximum: 'Maximum age', warning: 'At risk from', due: 'Due' } as const

/** `theirs` null: they took away what the brand had of its own. */
function PolicyConflict({ edit, theirs }: { edit: ReturnType<typeof usePolicyEdit>; theirs: Policy | null }) {
  const [before, saved] = [agesOf(edit.base), agesOf(theirs)]
  const [byThem, byMe] = [changedFields(before, saved), changedFields(before, edit.ages)]
  const who = theirs === null ? 'Somebody' : (theirs.changedBy ?? 'Somebody').slice(0, 100)
  return (
    <Conflict
      title={theirs === null ? `${who} took these ages away first.` : `${who} set other ages first.`}
      rows={[...new Set([...byThem, ...byMe])].map((field) => ({
        label: labels[field],
        theirs: byThem.includes(field) ? ageInWords(saved, field) : null,
        mine: byMe.includes(field) ? ageInWords(edit.ages, field) : null,
      }))}
      onTakeTheirs={edit.discard}
      onKeepMine={edit.keepMine}
    />
  )
}

interface HoursInputProps {
  readonly label: string
  readonly placeholder: string
  readonly value: number | string
  readonly error: string | null
  readonly disabled: boolean
  readonly readOnly: boolean
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

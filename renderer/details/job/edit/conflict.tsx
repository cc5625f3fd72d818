import type { JobRow } from '../../../../shared/contract/jobs.ts'
import { Conflict } from '../../../components/conflict.tsx'
import type { Draft } from './draft.ts'
import { differences, fieldLabels, type ScheduleField, valueInWords, valuesOf } from './schedule-values.ts'

export interface ScheduleConflictProps {
  readonly theirs: JobRow
  readonly draft: Draft
  readonly onTakeTheirs: () => void
  readonly onKeepMine: () => void
}

/** Two people changed one schedule. */
export function ScheduleConflict({ theirs, draft, onTakeTheirs, onKeepMine }: ScheduleConflictProps) {
  const saved = valuesOf(theirs)
  const changedByThem = differences(draft.base, saved)
  const changedByMe = differences(draft.base, draft.values)
  const fields = [...new Set<ScheduleField>([...changedByThem, ...changedByMe])]
  return (
    <Conflict
      title={`Somebody else saved this schedule first (version ${theirs.version}).`}
      rows={fields.map((field) => ({
        label: fieldLabels[field],
        theirs: changedByThem.includes(field) ? valueInWords(saved, field) : null,
        mine: changedByMe.includes(field) ? valueInWords(draft.values, field) : null,
      }))}
      onTakeTheirs={onTakeTheirs}
      onKeepMine={onKeepMine}
    />
  )
}

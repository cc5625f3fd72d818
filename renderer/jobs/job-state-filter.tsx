import { type JobStateWord, jobStates } from '../../shared/domain.ts'
import { ChoicesFilter } from '../components/filters-bar.tsx'
import { StateMark, stateWord } from '../components/state-mark.tsx'

export interface JobStateFilterProps {
  readonly values: readonly JobStateWord[]
  /** So many jobs there are in each; null = not known now. */
  readonly counts: Readonly<Record<JobStateWord, number>> | null
  readonly onChange: (values: JobStateWord[]) => void
}

/** Any of the states that a job can be in, with how many there are. */
export function JobStateFilter({ values, counts, onChange }: JobStateFilterProps) {
  return (
    <ChoicesFilter
      label="State"
      choices={jobStates.map((state) => ({
        value: state,
        label: stateWord(state),
        mark: <StateMark state={state} />,
        ...(counts === null ? {} : { count: counts[state] }),
      }))}
      values={values}
      onChange={(chosen) => onChange(jobStates.filter((state) => chosen.includes(state)))}
    />
  )
}

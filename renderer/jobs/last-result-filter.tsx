import { type LastResult, lastResults } from '../../shared/domain.ts'
import { ChoicesFilter } from '../components/filters-bar.tsx'
import { StateMark, stateWord } from '../components/state-mark.tsx'

export interface LastResultFilterProps {
  readonly values: readonly LastResult[]
  readonly onChange: (values: readonly LastResult[]) => void
}

const choices = lastResults.map((result) =>
  result === 'never'
    ? { value: result, label: 'Never ran' }
    : { value: result, label: stateWord(result), mark: <StateMark state={result} /> },
)

/** By how the last run ended, which the state of a recurring job does not say. */
export function LastResultFilter({ values, onChange }: LastResultFilterProps) {
  return (
    <ChoicesFilter
      label="Last result"
      choices={choices}
      values={values}
      onChange={(chosen) => onChange(lastResults.filter((one) => chosen.includes(one)))}
    />
  )
}

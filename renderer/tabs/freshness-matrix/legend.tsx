import { StateMark, type StateName } from '../../components/state-mark.tsx'
import classes from './matrix.module.css'

const shown: readonly StateName[] = ['fresh', 'at_risk', 'stale', 'never_synced', 'no_policy', 'suspicious']

/** Always there: shapes are learnt by seeing them named. */
export function Legend() {
  return (
    <div className={classes['footer']}>
      <ul className={classes['legend']} aria-label="Legend">
        {shown.map((state) => (
          <li key={state}>
            <StateMark state={state} withWord />
          </li>
        ))}
        <li>
          <StateMark state="fresh" withWord word="Any of them" lastAttemptFailed />
        </li>
      </ul>
    </div>
  )
}

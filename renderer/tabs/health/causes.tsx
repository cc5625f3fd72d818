import { Anchor } from '@mantine/core'
import { useDrawer } from '../../app/places.ts'
import { TimesInText } from '../../components/times-in-text.tsx'
import classes from './health.module.css'

export interface Cause {
  readonly text: string
  /** Null: it is behind datasets of several brands. */
  readonly brandId: string | null
  readonly jobId: string | null
  readonly runId: string | null
  readonly effects: number
}

/** What is behind it, the one with the most effects first; each leads to the run or job to look at. */
export function Causes({ causes, otherEffects }: { causes: readonly Cause[]; otherEffects: number }) {
  const { open } = useDrawer()
  if (causes.length === 0) return null
  return (
    <ul className={classes['causes']} aria-label="Causes">
      {causes.map(({ text, brandId, jobId, runId, effects }) => {
        const target =
          runId !== null ? ({ kind: 'run', runId } as const) : jobId !== null ? ({ kind: 'job', jobId } as const) : null
        return (
          <li key={`${brandId ?? ''} ${jobId ?? ''} ${text}`}>
            <span className={classes['effects']}>{effects}</span>
            {target === null ? (
              <bdi className={classes['cause']}>
                <TimesInText text={text} />
              </bdi>
            ) : (
              <Anchor component="button" type="button" className={classes['cause'] ?? ''} onClick={() => open(target)}>
                <TimesInText text={text} />
              </Anchor>
            )}
          </li>
        )
      })}
      {otherEffects > 0 && (
        <li className="pm-dim">
          <span className={classes['effects']}>{otherEffects.toLocaleString()}</span>
          <span className={classes['cause']}>more for other reasons</span>
        </li>
      )}
    </ul>
  )
}

import { useDrawer } from '../../app/places.ts'
import { TimesInText } from '../../components/times-in-text.tsx'
import classes from './dataset-details.module.css'

export interface ChainLink {
  readonly kind: 'policy' | 'last_success' | 'job' | 'run' | 'step' | 'error' | 'agent'
  readonly text: string
  readonly jobId: string | null
  readonly runId: string | null
}

const names = {
  policy: 'Policy',
  last_success: 'Last success',
  job: 'Job',
  run: 'Run',
  step: 'Step',
  error: 'Error',
  agent: 'Agent',
} as const satisfies Record<ChainLink['kind'], string>

/** Why it is as it is, from what is asked of it down to what failed; each link leads there. */
export function WhyChain({ chain }: { chain: readonly ChainLink[] }) {
  const { open } = useDrawer()
  return (
    <section aria-labelledby="why-title">
      <h3 id="why-title" className={classes['title']}>
        Why
      </h3>
      <ol className={classes['chain']}>
        {chain.map(({ kind, text, jobId, runId }) => {
          const target =
            runId !== null
              ? ({ kind: 'run', runId } as const)
              : jobId !== null
                ? ({ kind: 'job', jobId } as const)
                : null
          return (
            <li key={`${kind} ${text}`}>
              <span className={classes['kind']}>{names[kind]}</span>
              {target === null ? (
                <bdi>
                  <TimesInText text={text} />
                </bdi>
              ) : (
                <button type="button" className="pm-link" onClick={() => open(target)}>
                  <bdi>
                    <TimesInText text={text} />
                  </bdi>
                </button>
              )}
            </li>
          )
        })}
      </ol>
    </section>
  )
}

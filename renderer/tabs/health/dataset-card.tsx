import { Button } from '@mantine/core'
import type { DatasetFacts } from '../../../shared/contract/freshness.ts'
import type { JsonObject } from '../../../shared/domain.ts'
import { useDrawer } from '../../app/places.ts'
import { AgeBar } from '../../components/age-bar.tsx'
import { Sparkline } from '../../components/sparkline.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { TimesInText } from '../../components/times-in-text.tsx'
import { Name, OneLine } from '../../components/untrusted.tsx'
import { RunAhead } from '../../jobs/next-run.tsx'
import { RunNowButton } from '../../run-now/run-now.tsx'
import classes from './health.module.css'

export interface CardFacts extends DatasetFacts {
  readonly recentRecords: readonly number[]
  readonly fix: { readonly jobType: string; readonly parameters: JsonObject } | null
}

export interface DatasetCardProps {
  readonly brand: { readonly id: string; readonly name: string }
  readonly facts: CardFacts
}

/** One dataset: both facts (F6), its age against the maximum, what it brought, when it runs next, why it is as it is, and what to do. */
export function DatasetCard({ brand, facts }: DatasetCardProps) {
  const { open } = useDrawer()
  const { dataset, label, records, recentRecords, lastRunId, fix, reason, error } = facts
  return (
    <article className={classes['card']} aria-label={`${label} of ${brand.name}`} data-freshness={facts.freshness}>
      <header className={classes['cardHeader']}>
        <h3>
          <button
            type="button"
            className={classes['title']}
            onClick={() => open({ kind: 'dataset', brandId: brand.id, dataset })}
          >
            <Name text={label} />
          </button>
        </h3>
        <StateMark state={facts.freshness} withWord />
      </header>
      <AgeBar facts={facts} />
      <dl className={classes['facts']}>
        <dt>Last attempt</dt>
        <dd>
          <LastAttempt facts={facts} />
        </dd>
        <dt>Next run</dt>
        <dd>
          <RunAhead
            runningSince={facts.runningSince}
            nextRunAt={facts.nextRunAt}
            hold={facts.hold}
            zone={facts.nextRunZone}
            none="none planned"
          />
        </dd>
        <dt>Records</dt>
        <dd className={classes['records']}>
          <span>{records === null ? 'not counted' : records.toLocaleString()}</span>
          <Sparkline values={recentRecords} label={`Records of the last ${recentRecords.length} successes`} />
        </dd>
      </dl>
      {reason !== null && (
        <p className={classes['reason']}>
          <TimesInText text={reason} />
        </p>
      )}
      {error !== null && reason?.includes(error) !== true && (
        <div className={classes['error']}>
          <OneLine text={error} />
        </div>
      )}
      <footer className={classes['cardFooter']}>
        {fix !== null && (
          <RunNowButton brandId={brand.id} brandName={brand.name} jobType={fix.jobType} parameters={fix.parameters} />
        )}
        {lastRunId !== null && (
          <Button variant="subtle" color="gray" onClick={() => open({ kind: 'run', runId: lastRunId })}>
            Last run
          </Button>
        )}
      </footer>
    </article>
  )
}

const attemptStates = { completed: 'completed', failed: 'failed', running: 'running', unknown: 'unknown' } as const

function LastAttempt({ facts: { lastAttempt, lastAttemptAt, suspicious } }: { facts: DatasetFacts }) {
  if (lastAttempt === 'unknown' && lastAttemptAt === null) return <span className="pm-dim">none yet</span>
  return (
    <span className={classes['attempt']}>
      <StateMark state={attemptStates[lastAttempt]} withWord />
      {suspicious && <StateMark state="suspicious" withWord />}
      <Age at={lastAttemptAt} none="" />
    </span>
  )
}

import { Skeleton } from '@mantine/core'
import type { InferContractRouterOutputs } from '@orpc/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Contract } from '../../shared/contract/index.ts'
import { maximumWords } from '../../shared/due-words.ts'
import { refreshWords } from '../../shared/outlook-words.ts'
import { pagePath, useDrawer, useOrganizationId } from '../app/places.ts'
import { BackfillDataset } from '../backfills/backfill-dataset.tsx'
import { useQueries } from '../client/context.tsx'
import { useDatabaseClock, useFollowClock, useNow } from '../client/now.tsx'
import { knownOf } from '../client/queries.ts'
import { AgeBar } from '../components/age-bar.tsx'
import { Unanswered } from '../components/failure.tsx'
import { OwnershipLine } from '../components/ownership.tsx'
import { StateMark, stateNamed } from '../components/state-mark.tsx'
import { Age } from '../components/time.tsx'
import { TimesInText } from '../components/times-in-text.tsx'
import { Name } from '../components/untrusted.tsx'
import { OpenIncidents } from '../incidents/open-incidents.tsx'
import { RunAhead } from '../jobs/next-run.tsx'
import { RunNowButton } from '../run-now/run-now.tsx'
import { Attempts } from './dataset/attempts.tsx'
import classes from './dataset/dataset-details.module.css'
import { FreshnessBand } from './dataset/freshness-band.tsx'
import { Measured } from './dataset/measured.tsx'
import { PolicyEditor } from './dataset/policy-editor.tsx'
import { Starts } from './dataset/starts.tsx'
import { WhyChain } from './dataset/why-chain.tsx'

type Answer = InferContractRouterOutputs<Contract>['freshness']['dataset']

/** Everything about one dataset of one brand: both facts, why, how it was, what needs it, what refreshes it. */
export function DatasetDetails({ brandId, dataset }: { brandId: string; dataset: string }) {
  const answer = useQuery(useQueries().freshness.dataset.queryOptions({ input: { brandId, dataset } }))
  useFollowClock(answer.data?.asOf)
  const known = knownOf(answer)
  if (known !== undefined) return <Answered answer={known} />
  return (
    <Unanswered answer={answer}>
      <div className={classes['details']} aria-hidden>
        <Skeleton h={24} w="60%" />
        <Skeleton h={12} />
        <Skeleton h={160} />
      </div>
    </Unanswered>
  )
}

function Answered({ answer }: { answer: Answer }) {
  const { brand, facts, policy, chain, band, uptime, attempts, probe } = answer
  return (
    <div className={classes['details']}>
      <Head answer={answer} />
      <OpenIncidents of={{ brandId: brand.id, dataset: facts.dataset }} />
      <WhyChain chain={chain} />
      <FreshnessBand from={band.from} hours={band.hours} uptime={uptime} maxAgeHours={facts.maxAgeHours} />
      {probe !== null && <Measured probe={probe} />}
      <Neighbours answer={answer} />
      <Attempts attempts={attempts} />
      <PolicyEditor
        brandId={brand.id}
        dataset={facts.dataset}
        maxAgeHours={facts.maxAgeHours}
        source={facts.maxAgeSource}
        due={facts.due}
        lastSuccessAt={facts.lastSuccessAt}
        policy={policy}
      />
    </div>
  )
}

/** When data that is not fresh is expected; where nobody can say, the reason above says why. */
function Expected({ answer: { facts, refresh } }: { answer: Answer }) {
  useNow()
  const now = useDatabaseClock().now()
  const isMissing = facts.freshness === 'stale' || facts.freshness === 'never_synced'
  if (!isMissing || (refresh.gap !== null && refresh.gap !== 'duration_unknown')) return null
  return (
    <p className={classes['reason']}>
      <TimesInText text={refreshWords(refresh, now)} />
    </p>
  )
}

function Head({ answer }: { answer: Answer }) {
  const { brand, facts, fix } = answer
  return (
    <header className={classes['head']}>
      <h2 className={classes['name']}>
        <Name text={facts.label} />{' '}
        <span className="pm-dim">
          of <bdi>{brand.name.slice(0, 200)}</bdi>
        </span>
      </h2>
      <div className={classes['states']}>
        <StateMark state={facts.freshness} withWord />
        <span className={classes['attempt']}>
          <span className="pm-dim">Last attempt</span>
          <StateMark state={stateNamed(facts.lastAttempt)} withWord />
          <Age at={facts.lastAttemptAt} none="" />
        </span>
        {facts.suspicious && <StateMark state="suspicious" withWord />}
      </div>
      <AgeBar facts={facts} />
      {facts.reason !== null && (
        <p className={classes['reason']}>
          <TimesInText text={facts.reason} />
        </p>
      )}
      <Expected answer={answer} />
      <OwnershipOfDataset dataset={facts.dataset} />
      {fix !== null && (
        <RunNowButton
          brandId={brand.id}
          brandName={brand.name}
          jobType={fix.jobType}
          parameters={fix.parameters}
          command={`Fix this dataset: run ${fix.jobType} now`}
        />
      )}
      <BackfillDataset brandId={brand.id} brandName={brand.name} dataset={facts.dataset} />
    </header>
  )
}

function OwnershipOfDataset({ dataset }: { dataset: string }) {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  return <OwnershipLine of={data?.datasets.find(({ key }) => key === dataset)} />
}

function Neighbours({ answer: { brand, facts, consumers, refreshers, chain } }: { answer: Answer }) {
  const organizationId = useOrganizationId()
  const { open } = useDrawer()
  return (
    <div className={classes['neighbours']}>
      <section aria-labelledby="refreshers-title">
        <h3 id="refreshers-title" className={classes['title']}>
          Refreshed by
        </h3>
        {refreshers.length === 0 && (
          <p className="pm-dim">
            <TimesInText text={chain.find(({ kind }) => kind === 'job')?.text ?? ''} />
          </p>
        )}
        <ul className={classes['list']}>
          {refreshers.map((job) => (
            <li key={job.jobId}>
              <button type="button" className="pm-link" onClick={() => open({ kind: 'job', jobId: job.jobId })}>
                <Name text={job.jobName} />
              </button>
              {job.status === 'paused' && <StateMark state="paused" withWord />}
              {(job.status !== 'paused' || job.runningSince !== null) && (
                <RunAhead
                  runningSince={job.runningSince}
                  nextRunAt={job.nextRunAt}
                  hold={job.hold}
                  zone={job.timeZone}
                  none="no run planned"
                />
              )}
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="consumers-title">
        <h3 id="consumers-title" className={classes['title']}>
          Needed by
        </h3>
        {consumers.length === 0 && <p className="pm-dim">No page requires it.</p>}
        <ul className={classes['list']}>
          {consumers.map(({ page, label, maxAgeHours }) => (
            <li key={page}>
              <Link href={pagePath(organizationId, 'readiness', { brand: brand.id })} className="pm-link">
                <Name text={label} />
              </Link>
              <span className="pm-dim">at most {maximumWords(maxAgeHours, facts.due)}</span>
            </li>
          ))}
        </ul>
      </section>
      <Starts brandId={brand.id} dataset={facts.dataset} />
    </div>
  )
}

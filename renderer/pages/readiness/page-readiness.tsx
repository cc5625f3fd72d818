import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { maximumInShort } from '../../../shared/due-words.ts'
import { useDrawer } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import type { Queries } from '../../client/queries.ts'
import { Failure } from '../../components/failure.tsx'
import { OwnershipLine } from '../../components/ownership.tsx'
import { StateMark, stateWord } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { Name, OneLine } from '../../components/untrusted.tsx'
import { RunNowButton } from '../../run-now/run-now.tsx'
import classes from '../page.module.css'
import { ItemOutlook, PageOutlook } from './page-outlook.tsx'
import own from './readiness.module.css'
import { WorkInProgress } from './work-in-progress.tsx'

type Answer = Awaited<ReturnType<Queries['readiness']['page']['call']>>
type Item = Answer['items'][number]

/** One page of one brand: verdict, reasons, and a row for each dataset it needs. */
export function PageReadiness(props: { brandId: string; brandName: string | null; page: string }) {
  const { brandId, brandName, page } = props
  const readiness = useQuery(useQueries().readiness.page.queryOptions({ input: { brandId, page } }))
  const known = useQuery(useQueries().catalog.get.queryOptions())
  useFollowClock(readiness.data?.asOf)
  if (readiness.error !== null && readiness.data === undefined) {
    return <Failure error={readiness.error} onRetry={() => void readiness.refetch()} />
  }
  const { data } = readiness
  if (data === undefined) return <Skeleton height={96} m={16} />
  const blocked = new Set(data.items.flatMap(({ reason, fix }) => (reason === null ? [] : (fix?.blocked ?? []))))
  return (
    <section className={classes['section']} aria-label={data.label}>
      <h2 className={own['heading']}>
        <StateMark state={data.verdict} size={16} />
        <Name text={data.label} />
        <span className={own['verdict']}>{stateWord(data.verdict)}</span>
      </h2>
      <PageOutlook answer={data} />
      <OwnershipLine of={known.data?.pages.find(({ key }) => key === page)} />
      {data.reasons.length + blocked.size > 0 && (
        <ul className={own['reasons']}>
          {data.reasons.map((reason) => (
            <li key={reason}>{reason.slice(0, 1_000)}</li>
          ))}
          {[...blocked].map((why) => (
            <li key={why}>{why.slice(0, 1_000)}</li>
          ))}
        </ul>
      )}
      <div className={classes['wide']}>
        <table className={`${classes['table']} ${own['items']}`}>
          <caption className="pm-visually-hidden">What {data.label} needs</caption>
          <thead>
            <tr>
              <th scope="col">Dataset</th>
              <th scope="col">Freshness</th>
              <th scope="col" data-secondary>
                Last success
              </th>
              <th scope="col" data-secondary>
                Maximum age
              </th>
              <th scope="col" data-secondary>
                Last attempt
              </th>
              <th scope="col">Fix</th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((item) => (
              <ItemRow
                key={item.dataset}
                item={item}
                page={data.label}
                brandId={brandId}
                brandName={brandName ?? data.brandName}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

interface ItemProps {
  readonly item: Item
  /** What needs it, as people call it. */
  readonly page: string
  readonly brandId: string
  readonly brandName: string
}

function ItemRow(props: ItemProps) {
  const { item, brandId } = props
  const { open } = useDrawer()
  return (
    <tr>
      <td>
        <button
          type="button"
          className={`pm-link ${own['dataset']}`}
          onClick={() => open({ kind: 'dataset', brandId, dataset: item.dataset })}
        >
          <Name text={item.label} />
        </button>
      </td>
      <td>
        <StateMark state={item.state} withWord />
        <ItemOutlook item={item} />
      </td>
      <td data-secondary>
        <Age at={item.lastSuccessAt} />
      </td>
      <td data-secondary>{maximumInShort(item.maxAgeHours, item.due)}</td>
      <td data-secondary>
        <LastAttempt item={item} />
      </td>
      <td>
        <ItemFix {...props} />
      </td>
    </tr>
  )
}

function LastAttempt({ item: { lastStatus, lastAttemptAt, suspicious, error } }: { item: Item }) {
  const isFailed = lastStatus === 'failed'
  return (
    <div className={own['attempt']}>
      <StateMark state={suspicious && !isFailed ? 'suspicious' : lastStatus} withWord />
      {lastAttemptAt !== null && <Age at={lastAttemptAt} />}
      {error !== null && error !== '' && (
        <span className={own['error']}>
          <OneLine text={error} />
        </span>
      )}
    </div>
  )
}

/** What brings the data: a run that is under way, else the button that starts one, else what has to be configured first. */
function ItemFix({ item, page, brandId, brandName }: ItemProps) {
  const { fix, work } = item
  if (work !== null) return <WorkInProgress work={work} />
  if (fix === null) {
    return <span className="pm-dim">{item.reason === null ? '–' : 'Nothing in the catalog refreshes it'}</span>
  }
  return (
    <RunNowButton
      brandId={brandId}
      brandName={brandName}
      jobType={fix.jobType}
      parameters={fix.parameters}
      label={item.reason === null ? 'Run now' : 'Fix'}
      disabledReason={fix.blocked}
      {...(item.reason === null ? {} : { command: `Fix ${item.label} for ${page}: run ${fix.jobType} now` })}
    />
  )
}

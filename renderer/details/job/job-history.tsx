import { Button, Skeleton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { isEdit } from '../../../shared/job-history.ts'
import { useQueries } from '../../client/context.tsx'
import { nextPage } from '../../client/more-pages.ts'
import type { Queries } from '../../client/queries.ts'
import { ChangesList } from '../../components/changes-list.tsx'
import { Failure } from '../../components/failure.tsx'
import { Age } from '../../components/time.tsx'
import { TimesInText } from '../../components/times-in-text.tsx'
import { Name } from '../../components/untrusted.tsx'
import classes from './job-history.module.css'
import { PutBack } from './put-back.tsx'

export type HistoryEntry = Awaited<ReturnType<Queries['jobs']['history']['call']>>['actions'][number]

const pageSize = 10

/** Who changed a job, from what to what, the newest first; an edit can be put back. */
export function JobHistory({ job }: { job: JobRow }) {
  const history = useInfiniteQuery(
    useQueries().jobs.history.infiniteOptions({
      input: (cursor: string | null) => ({ jobId: job.id, cursor, limit: pageSize }),
      initialPageParam: null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  )
  const entries = history.data?.pages.flatMap(({ actions }) => actions)
  return (
    <section aria-label="What people did">
      <h3>What people did</h3>
      {history.error !== null && <Failure error={history.error} onRetry={() => void history.refetch()} />}
      {entries === undefined && history.error === null && <Skeleton h={64} />}
      {entries?.length === 0 && <p className="pm-dim">Nobody has done anything to it here.</p>}
      <ol className={classes['entries']}>
        {entries?.map((entry) => (
          <Entry key={entry.id} job={job} entry={entry} />
        ))}
      </ol>
      {history.hasNextPage && (
        <Button variant="default" loading={history.isFetchingNextPage} onClick={nextPage(history)}>
          Show older
        </Button>
      )}
    </section>
  )
}

function Entry({ job, entry }: { job: JobRow; entry: HistoryEntry }) {
  const { happenedAt, operator, door, sentence, changes } = entry
  const isChange = isEdit(entry)
  return (
    <li>
      <p className={classes['sentence']}>
        <Name text={operator} />{' '}
        <bdi>
          <TimesInText text={sentence} />
        </bdi>
      </p>
      {isChange && changes.length > 1 && <ChangesList changes={changes} />}
      <p className={classes['when']}>
        <Age at={happenedAt} /> <span className="pm-dim">by {door}</span>
        {isChange && <PutBack job={job} entry={entry} />}
      </p>
    </li>
  )
}

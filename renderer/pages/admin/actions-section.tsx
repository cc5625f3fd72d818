import { Button, SegmentedControl, Skeleton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { JsonValue } from '../../../shared/domain.ts'
import { choiceFilter, useFilters } from '../../app/filters.ts'
import { useOrganization } from '../../app/organization.ts'
import { useQueries } from '../../client/context.tsx'
import type { Queries } from '../../client/queries.ts'
import { Failure } from '../../components/failure.tsx'
import { Instant } from '../../components/time.tsx'
import classes from '../page.module.css'
import own from './admin.module.css'
import { changesBetween } from './changes.ts'

type Action = Awaited<ReturnType<Queries['admin']['actions']['call']>>['actions'][number]

const codecs = { whose: choiceFilter(['this', 'all'], 'this') }
const pageSize = 50

/** What people did, the newest first: who, what, to which thing, and what it changed. */
export function ActionsSection() {
  const { id, name } = useOrganization()
  const { filters, set } = useFilters(codecs)
  const organizationId = filters.whose === 'all' ? null : id
  const actions = useInfiniteQuery(
    useQueries().admin.actions.infiniteOptions({
      input: (cursor: string | null) => ({ organizationId, cursor, limit: pageSize }),
      initialPageParam: null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  )
  const rows = actions.data?.pages.flatMap((page) => page.actions)
  return (
    <section className={classes['section']} aria-labelledby="admin-actions">
      <h2 id="admin-actions">Record of actions</h2>
      <p>Everything that people and their programs started, stopped or changed, by whichever way they came.</p>
      <SegmentedControl
        mb="sm"
        aria-label="Whose actions"
        value={filters.whose}
        onChange={(whose) => set({ whose: whose === 'all' ? 'all' : 'this' })}
        data={[
          { value: 'this', label: name.slice(0, 40) || 'This organization' },
          { value: 'all', label: 'All I may see' },
        ]}
      />
      {actions.error !== null && <Failure error={actions.error} onRetry={() => void actions.refetch()} />}
      {rows === undefined && actions.error === null && <Skeleton height={160} />}
      {rows?.length === 0 && (
        <p>Nobody has done anything yet. The first command that somebody gives is written here.</p>
      )}
      {rows !== undefined && rows.length > 0 && <ActionsTable rows={rows} />}
      {actions.hasNextPage && (
        <Button
          variant="default"
          mt="sm"
          loading={actions.isFetchingNextPage}
          onClick={() => void actions.fetchNextPage()}
        >
          Show {pageSize} more
        </Button>
      )}
    </section>
  )
}

function ActionsTable({ rows }: { rows: readonly Action[] }) {
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">Actions, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col" data-secondary>
              To
            </th>
            <th scope="col">Before and after</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((action) => (
            <ActionRow key={action.id} action={action} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function ActionRow({ action }: { action: Action }) {
  return (
    <tr>
      <td className={own['nowrap']}>
        <Instant at={action.happenedAt} />
      </td>
      <td>
        <bdi>{action.operator.slice(0, 100)}</bdi> <span className="pm-dim">{action.door}</span>
      </td>
      <td className={own['nowrap']}>{action.action.slice(0, 100)}</td>
      <td data-secondary>
        {action.subjectType.slice(0, 40)} <span className="pm-mono">{action.subjectId.slice(0, 8)}</span>
      </td>
      <td>
        <Changes before={action.before} after={action.after} />
      </td>
    </tr>
  )
}

const mostShown = 6

function Changes({ before, after }: { before: JsonValue; after: JsonValue }) {
  const changes = changesBetween(before, after)
  if (changes.length === 0) return <span className="pm-dim">–</span>
  return (
    <ul className={own['changes']}>
      {changes.slice(0, mostShown).map(({ field, from, to }) => (
        <li key={field}>
          <span className="pm-dim">{field}</span>{' '}
          {from !== null && (
            <>
              <del>{from}</del> <span aria-hidden>→</span>{' '}
            </>
          )}
          {to === null ? <span className="pm-dim">gone</span> : <ins>{to}</ins>}
        </li>
      ))}
      {changes.length > mostShown && <li className="pm-dim">and {changes.length - mostShown} more</li>}
    </ul>
  )
}

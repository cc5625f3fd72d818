import { Button, SegmentedControl, Skeleton } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { Link } from 'wouter'
import { actionInWords, subjectInWords } from '../../../shared/operator-actions.ts'
import { useFilters } from '../../app/filters.ts'
import { useOrganization } from '../../app/organization.ts'
import { openedText, pagePath, permanentPath, useOrganizationId, useSearchParameters } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { nextPage } from '../../client/more-pages.ts'
import { useDatabaseClock } from '../../client/now.tsx'
import type { Queries } from '../../client/queries.ts'
import { ChangesList } from '../../components/changes-list.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter, TimeRangeFilter } from '../../components/filters-bar.tsx'
import { Instant } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import classes from '../page.module.css'
import { actionChoices, actionFilterCodecs, actionFilterOf, subjectChoices } from './action-filters.ts'
import { placeOfSubject } from './action-places.ts'
import own from './admin.module.css'
import { ExportActions } from './export-actions.tsx'

export type RecordedAction = Awaited<ReturnType<Queries['admin']['actions']['call']>>['actions'][number]

const pageSize = 50

/** What people did, the newest first: who, what, to which thing, and what it changed. */
export function ActionsSection() {
  const { id } = useOrganization()
  const { filters, set, clear, active } = useFilters(actionFilterCodecs)
  const clock = useDatabaseClock()
  // The start of the range stays while the filters do: asked anew it would lose what has been loaded. It grows at its head all the same.
  const filter = useMemo(() => actionFilterOf(id, filters, clock.now()), [id, filters, clock])
  const actions = useInfiniteQuery(
    useQueries().admin.actions.infiniteOptions({
      input: (cursor: string | null) => ({ ...filter, cursor, limit: pageSize }),
      initialPageParam: null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      placeholderData: keepPreviousData,
    }),
  )
  const rows = actions.data?.pages.flatMap((page) => page.actions)
  return (
    <section className={classes['section']} aria-labelledby="admin-actions">
      <h2 id="admin-actions">Record of actions</h2>
      <p>Everything that people and their programs started, stopped or changed, by whichever way they came.</p>
      <div className={own['filters']}>
        <ActionFiltersBar filters={filters} set={set} clear={clear} active={active}>
          <ExportActions filter={filter} isEmpty={rows === undefined || rows.length === 0} />
        </ActionFiltersBar>
      </div>
      {actions.error !== null && <Failure error={actions.error} onRetry={() => void actions.refetch()} />}
      {rows === undefined && actions.error === null && <Skeleton height={160} />}
      {rows?.length === 0 && (
        <p>
          {active > (filters.whose === 'all' ? 1 : 0)
            ? 'Nothing on record matches these filters.'
            : 'Nobody has done anything yet. The first command that somebody gives is written here.'}
        </p>
      )}
      {rows !== undefined && rows.length > 0 && <ActionsTable rows={rows} />}
      {actions.hasNextPage && (
        <Button variant="default" mt="sm" loading={actions.isFetchingNextPage} onClick={nextPage(actions)}>
          Show {pageSize} more
        </Button>
      )}
    </section>
  )
}

type FiltersBarProps = ReturnType<typeof useFilters<typeof actionFilterCodecs>> & { readonly children: ReactNode }

function ActionFiltersBar({ filters, set, clear, active, children }: FiltersBarProps) {
  const { name } = useOrganization()
  return (
    <FilterBar active={active} onClear={clear}>
      <SegmentedControl
        aria-label="Whose actions"
        value={filters.whose}
        onChange={(whose) => set({ whose: whose === 'all' ? 'all' : 'this' })}
        data={[
          { value: 'this', label: name.slice(0, 40) || 'This organization' },
          { value: 'all', label: 'All I may see' },
        ]}
      />
      <TimeRangeFilter value={filters.range} mayBeAny onChange={(range) => set({ range })} />
      <ChoicesFilter
        label="Action"
        choices={actionChoices}
        values={filters.did}
        onChange={(did) => set({ did: actionFilterCodecs.did.read(did.join(',')) })}
      />
      <ChoicesFilter
        label="Kind of thing"
        choices={subjectChoices}
        values={filters.thing}
        onChange={(thing) => set({ thing: actionFilterCodecs.thing.read(thing.join(',')) })}
      />
      <SearchFilter label="Who did it" value={filters.who} onChange={(who) => set({ who })} />
      <SearchFilter label="Name of the thing" value={filters.named} onChange={(named) => set({ named })} />
      {children}
    </FilterBar>
  )
}

function ActionsTable({ rows }: { rows: readonly RecordedAction[] }) {
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">Actions, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">To</th>
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

function ActionRow({ action }: { action: RecordedAction }) {
  return (
    <tr>
      <td className={own['nowrap']}>
        <Instant at={action.happenedAt} />
      </td>
      <td>
        <bdi>{action.operator.slice(0, 100)}</bdi> <span className="pm-dim">{action.door}</span>
      </td>
      <td>
        {actionInWords(action.action)} <span className={`pm-dim ${own['code']}`}>{action.action.slice(0, 100)}</span>
      </td>
      <td>
        <Subject action={action} />
      </td>
      <td>
        {action.changes.length === 0 ? <span className="pm-dim">–</span> : <ChangesList changes={action.changes} />}
      </td>
    </tr>
  )
}

/** The thing by its name, with a link to it while it is there. */
function Subject({ action }: { action: RecordedAction }) {
  const { subjectType, subjectId, subjectName } = action
  const href = useSubjectPath(action)
  const name =
    subjectName === null ? (
      <span className="pm-mono" title={subjectId}>
        {subjectId.slice(0, 8)}
      </span>
    ) : (
      <Name text={subjectName} />
    )
  return (
    <>
      <span className="pm-dim">{subjectInWords(subjectType)}</span>{' '}
      {href === null ? name : <Link href={href}>{name}</Link>}
    </>
  )
}

/** A drawer over this page for what is of this organization; the thing by itself for what is of another. Null = it has no place. */
function useSubjectPath(action: RecordedAction): string | null {
  const here = useOrganizationId()
  const [parameters] = useSearchParameters()
  const { organizationId, subjectType, subjectId, subjectExists } = action
  if (!subjectExists) return null
  if (subjectType === 'brand') return pagePath(organizationId ?? here, 'health', { brand: subjectId })
  const opened = placeOfSubject(subjectType, subjectId)
  if (opened === null) return null
  if (organizationId !== here) return permanentPath(opened)
  return pagePath(here, 'admin', { ...Object.fromEntries(parameters), open: openedText(opened) })
}

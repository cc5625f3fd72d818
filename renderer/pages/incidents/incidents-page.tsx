import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import type { IncidentView } from '../../../shared/contract/incidents.ts'
import { type IncidentState, incidentKinds, incidentStates } from '../../../shared/incidents.ts'
import { isReserved, me, nobody } from '../../../shared/on-it.ts'
import { choiceFilter, choicesFilter, textFilter, useFilters } from '../../app/filters.ts'
import { useDrawer } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { morePages } from '../../client/more-pages.ts'
import { useDatabaseClock } from '../../client/now.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { DataList } from '../../components/data-list.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter, SelectFilter } from '../../components/filters-bar.tsx'
import { toggled } from '../../components/list-keys.ts'
import { StateMark, stateWord } from '../../components/state-mark.tsx'
import { type IncidentChange, incidentActionWords } from '../../incidents/incident-actions.ts'
import { incidentInWords, kindInWords } from '../../incidents/incident-words.ts'
import { inOneHour } from '../../incidents/snooze-times.ts'
import { useIncidentActions, useWhyNotAct } from '../../incidents/use-incident-actions.ts'
import { usePeople } from '../../incidents/use-people.ts'
import { ViewsMenu } from '../../saved-views/views-menu.tsx'
import { answerOf } from './answer.ts'
import { GroupingContext, incidentColumns } from './incident-columns.tsx'
import { groupings, IncidentGroups } from './incident-groups.tsx'
import { IncidentSelectionBar } from './incident-selection-bar.tsx'
import { NoIncidents } from './no-incidents.tsx'
import { StatisticsLine } from './statistics-line.tsx'
import { useEffectsOf, useIncidentPages } from './use-incident-pages.ts'

/** As they stand in the URL; the brand is chosen in the header. */
const codecs = {
  state: choicesFilter(incidentStates),
  kind: choicesFilter(incidentKinds),
  dataset: textFilter,
  group: choiceFilter(groupings, 'none'),
  text: textFilter,
  onIt: textFilter,
}

const rowId = (incident: IncidentView): string => incident.id

export function IncidentsPage() {
  const { filters, set, clear, active } = useFilters(codecs)
  const pages = useIncidentPages(filters)
  const { roots, counts } = pages
  // How it is grouped narrows nothing.
  const isFiltered = active > (filters.group === 'none' ? 0 : 1)
  return (
    <>
      <AnswerLine isLoading={pages.isPending}>
        {counts === null
          ? 'What is wrong is not known now.'
          : answerOf(counts, roots, !isFiltered && !pages.hasNextPage)}
      </AnswerLine>
      <StatisticsLine />
      <FilterBar active={active} onClear={clear}>
        <SearchFilter label="What is wrong, or of what" value={filters.text} onChange={(text) => set({ text })} />
        <ChoicesFilter
          label="State"
          choices={incidentStates.map((state) => ({
            value: state,
            label: stateWord(state),
            mark: <StateMark state={state} />,
            ...(counts === null || state === 'resolved' ? {} : { count: counts[state] }),
          }))}
          values={filters.state}
          onChange={(state) => set({ state: incidentStates.filter((one) => state.includes(one)) })}
        />
        <ChoicesFilter
          label="Kind"
          choices={incidentKinds.map((kind) => ({ value: kind, label: kindInWords(kind) }))}
          values={filters.kind}
          onChange={(kind) => set({ kind: incidentKinds.filter((one) => kind.includes(one)) })}
        />
        <DatasetFilter value={filters.dataset} onChange={(dataset) => set({ dataset })} />
        <OnItFilter value={filters.onIt} onChange={(onIt) => set({ onIt })} />
        <SelectFilter
          label="Group"
          choices={groupChoices}
          value={filters.group}
          onChange={(group) => set({ group: groupings.find((one) => one === group) ?? 'none' })}
        />
        <ViewsMenu />
      </FilterBar>
      {filters.group === 'none' ? (
        <IncidentList pages={pages} states={filters.state} isFiltered={isFiltered} onClear={clear} />
      ) : (
        <IncidentGroups by={filters.group} filters={filters} isFiltered={isFiltered} onClear={clear} />
      )}
    </>
  )
}

const groupChoices = [
  { value: 'none', label: 'Each by itself' },
  { value: 'dataset', label: 'By dataset' },
  { value: 'brand', label: 'By brand' },
] as const satisfies readonly { value: (typeof groupings)[number]; label: string }[]

/** Any dataset, or one that the catalog knows; a link may name another. */
function DatasetFilter({ value, onChange }: { value: string; onChange: (dataset: string) => void }) {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  const known = (data?.datasets ?? []).map(({ key, label }) => ({ value: key, label }))
  const stranger = value !== '' && known.every((dataset) => dataset.value !== value)
  return (
    <SelectFilter
      label="Dataset"
      choices={[{ value: '', label: 'Any' }, ...known, ...(stranger ? [{ value, label: value }] : [])]}
      value={value}
      onChange={onChange}
    />
  )
}

/** Whoever, the operator, nobody, or somebody who was here lately; a link may name another. */
function OnItFilter({ value, onChange }: { value: string; onChange: (onIt: string) => void }) {
  const isWord = isReserved(value)
  const named = new Set([...usePeople(), ...(value === '' || isWord ? [] : [value])])
  return (
    <SelectFilter
      label="On it"
      choices={[
        { value: '', label: 'Any' },
        { value: me, label: 'Me' },
        { value: nobody, label: 'Nobody' },
        ...[...named].map((name) => ({ value: name, label: name })),
      ]}
      value={isWord ? value.toLowerCase() : value}
      onChange={onChange}
    />
  )
}

interface IncidentListProps {
  readonly pages: ReturnType<typeof useIncidentPages>
  readonly states: readonly IncidentState[]
  readonly isFiltered: boolean
  readonly onClear: () => void
}

function IncidentList({ pages, states, isFiltered, onClear }: IncidentListProps) {
  const { rows, grouping } = useGroups(pages.roots, states)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const { opened, open } = useDrawer()
  const openIncident = useCallback(({ id }: IncidentView) => open({ kind: 'incident', incidentId: id }), [open])
  const onKey = useRowKeys()
  const selectedRows = useMemo(() => rows.filter(({ id }) => selected.has(id)), [rows, selected])
  return (
    <>
      {pages.error !== null && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      <GroupingContext value={grouping}>
        <DataList
          caption="Incidents, the newest first, effects below their cause"
          rows={rows}
          columns={incidentColumns}
          rowId={rowId}
          rowName={incidentInWords}
          onOpen={openIncident}
          openedId={opened?.kind === 'incident' ? opened.incidentId : null}
          selection={{ ids: selected, change: setSelected }}
          onEndReached={morePages(pages)}
          isLoading={pages.isPending}
          onKey={onKey}
          empty={pages.isSuccess && <NoIncidents isFiltered={isFiltered} onClear={onClear} />}
        />
      </GroupingContext>
      <IncidentSelectionBar incidents={selectedRows} onDone={(left) => setSelected(new Set(left))} />
    </>
  )
}

/** Each root with its effects below it where they are shown. */
function useGroups(roots: readonly IncidentView[], states: Parameters<typeof useEffectsOf>[1]) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const shown = useMemo(
    () => roots.filter(({ id, effects }) => effects > 0 && opened.has(id)).map(({ id }) => id),
    [roots, opened],
  )
  const effectsOf = useEffectsOf(shown, states)
  const toggle = useCallback((id: string) => setOpened((before) => toggled(before, id)), [])
  const grouping = useMemo(() => {
    const effects = new Set([...effectsOf.values()].flatMap((all) => all.map(({ id }) => id)))
    return { opened, effects, toggle }
  }, [opened, effectsOf, toggle])
  const rows = useMemo(() => roots.flatMap((root) => [root, ...(effectsOf.get(root.id) ?? [])]), [roots, effectsOf])
  return { rows, grouping }
}

/** `a` acknowledges or takes that back, `z` snoozes for an hour or wakes. */
function useRowKeys(): (key: string, incident: IncidentView) => void {
  const { act } = useIncidentActions()
  const clock = useDatabaseClock()
  const whyNot = useWhyNotAct()
  return useCallback(
    (key, incident) => {
      const changes: Readonly<Record<string, () => IncidentChange>> = {
        a: () => ({ action: incident.acknowledged === null ? 'acknowledge' : 'unacknowledge' }),
        z: () => (incident.snoozed === null ? { action: 'snooze', until: inOneHour(clock.now()) } : { action: 'wake' }),
      }
      const change = changes[key]?.()
      if (change === undefined || whyNot !== null) return
      if (incidentActionWords[change.action].notFor(incident) === null) act(change, [incident])
    },
    [act, clock, whyNot],
  )
}

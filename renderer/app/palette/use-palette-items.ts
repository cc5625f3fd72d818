import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useParams } from 'wouter'
import { useQueries } from '../../client/context.tsx'
import { kindInWords } from '../../incidents/incident-words.ts'
import { addressOf, viewsOf } from '../../saved-views/saved-views.ts'
import { useOfferedCommands } from '../commands.tsx'
import { useBrands, useGroups, useOrganization } from '../organization.ts'
import { pages } from '../pages.ts'
import { openedText, pagePath, useBrandId, useNarrowingSearch, usePlace } from '../places.ts'
import { usePreferences } from '../preferences.tsx'
import { useShell } from '../shell.tsx'
import { useShellActions } from '../shortcuts.ts'
import { useDatasetItems } from './dataset-items.ts'
import { useGoing } from './going.ts'
import { useAgentItems, usePartItems } from './place-items.ts'
import { bestMatches, foundFor, type PaletteItem, pastedId } from './ranking.ts'

export interface PaletteGroup {
  readonly name: string
  readonly items: readonly PaletteItem[]
}

const restMs = 150
const mostOf = {
  pages: 10,
  views: 8,
  brands: 8,
  jobs: 8,
  incidents: 8,
  datasets: 8,
  agents: 8,
  commands: 12,
} as const

/** What the palette offers for a text, in groups: with no text what was used last and what this page can do. */
export function usePaletteItems(text: string): {
  readonly groups: readonly PaletteGroup[]
  readonly isAsking: boolean
} {
  const commands = useCommandItems()
  const pageItems = usePageItems()
  const brands = [...useGroupItems(), ...useBrandItems()]
  const datasets = useDatasetItems(text)
  const jobs = useJobItems(text)
  const incidents = useIncidentItems(text)
  const parts = usePartItems()
  const agents = useAgentItems()
  const pasted = usePastedItems(text)
  const recents = useRecentItems()
  const views = useViewItems()
  const isEmpty = text.trim() === ''
  const groups = isEmpty
    ? [
        { name: 'Recent', items: recents },
        { name: 'Views', items: views.slice(0, mostOf.views) },
        { name: 'Here', items: commands.here },
        { name: 'Pages', items: pageItems },
        { name: 'Actions', items: commands.everywhere },
      ]
    : [
        { name: 'By id', items: pasted },
        { name: 'Here', items: bestMatches(text, commands.here, mostOf.commands) },
        { name: 'Pages', items: bestMatches(text, [...pageItems, ...parts], mostOf.pages) },
        { name: 'Views', items: bestMatches(text, views, mostOf.views) },
        { name: 'Brands', items: bestMatches(text, brands, mostOf.brands) },
        { name: 'Agents', items: bestMatches(text, agents, mostOf.agents) },
        { name: 'Actions', items: bestMatches(text, commands.everywhere, mostOf.commands) },
        // What is found elsewhere comes later, below what Enter would take.
        { name: 'Datasets', items: bestMatches(text, datasets, mostOf.datasets) },
        { name: 'Jobs', items: jobs.items },
        { name: 'Incidents', items: incidents.items },
      ]
  return { groups: groups.filter(({ items }) => items.length > 0), isAsking: jobs.isAsking || incidents.isAsking }
}

function useRecentItems(): PaletteItem[] {
  const going = useGoing()
  const { id } = useOrganization()
  const { recents } = usePreferences().preferences
  return recents
    .filter(({ path }) => path.startsWith(`/o/${id}/`))
    .map(({ label, path }) => going({ id: `recent ${path}`, label, kind: 'Recent', path }))
}

function useViewItems(): PaletteItem[] {
  const going = useGoing()
  const { id } = useOrganization()
  const narrowing = usePlace()
  const { views } = usePreferences().preferences
  return pages.flatMap(({ path, label }) =>
    viewsOf(views, pagePath(id, path)).map((view) =>
      going({ id: `view ${view.id}`, label: view.name, kind: `View of ${label}`, path: addressOf(view, narrowing) }),
    ),
  )
}

function usePageItems(): PaletteItem[] {
  const going = useGoing()
  const { id, hasSection } = useOrganization()
  const search = useNarrowingSearch()
  return pages
    .filter(({ isGated }) => hasSection || !isGated)
    .map(({ path, label, key }) =>
      going({
        id: `page ${path}`,
        label,
        kind: 'Page',
        path: pagePath(id, path, search),
        ...(key === null ? {} : { keys: `g ${key}` }),
      }),
    )
}

function useBrandItems(): PaletteItem[] {
  const going = useGoing()
  const { id } = useOrganization()
  return useBrands().map((brand) =>
    going({
      id: `brand ${brand.id}`,
      label: brand.name,
      kind: 'Brand',
      path: pagePath(id, 'health', { brand: brand.id }),
    }),
  )
}

/** The page that is shown, of the brands of a group; from a page that is of no brand, how these brands are. */
function useGroupItems(): PaletteItem[] {
  const going = useGoing()
  const { id } = useOrganization()
  const { page } = useParams<{ page?: string }>()
  const shown = pages.find(({ path, isGated }) => isGated && path === page)?.path ?? 'health'
  return useGroups().map(({ name }) =>
    going({ id: `group ${name}`, label: `Group: ${name}`, kind: 'Group', path: pagePath(id, shown, { brands: name }) }),
  )
}

interface Found {
  readonly items: readonly PaletteItem[]
  readonly isAsking: boolean
}

/** Jobs are too many to have here: the server looks for them when typing rests. */
function useJobItems(text: string): Found {
  const going = useGoing()
  const { id, hasSection } = useOrganization()
  const [rested] = useDebouncedValue(text.trim().slice(0, 200), restMs)
  const { data, isFetching, isPlaceholderData } = useQuery(
    useQueries().jobs.list.queryOptions({
      input: { organizationId: id, text: rested, limit: mostOf.jobs },
      enabled: hasSection && rested !== '',
      placeholderData: keepPreviousData,
    }),
  )
  if (text.trim() === '') return { items: [], isAsking: false }
  const items = (data?.jobs ?? []).map((job) =>
    going({
      id: `job ${job.id}`,
      label: job.brand === null ? job.name : `${job.name} for ${job.brand.name.slice(0, 60)}`,
      kind: job.jobType,
      path: pagePath(id, job.scheduleType === 'recurring' ? 'schedules' : 'active-jobs', {
        open: openedText({ kind: 'job', jobId: job.id }),
      }),
    }),
  )
  const isForText = rested === text.trim().slice(0, 200)
  return { items: foundFor(text, items, isForText && !isPlaceholderData), isAsking: isFetching || !isForText }
}

/** Open incidents by what is wrong; they as well are looked for when typing rests. */
function useIncidentItems(text: string): Found {
  const going = useGoing()
  const { id, hasSection } = useOrganization()
  const [rested] = useDebouncedValue(text.trim().slice(0, 200), restMs)
  const { data, isFetching, isPlaceholderData } = useQuery(
    useQueries().incidents.list.queryOptions({
      input: { organizationId: id, text: rested, limit: mostOf.incidents },
      enabled: hasSection && rested !== '',
      placeholderData: keepPreviousData,
    }),
  )
  if (text.trim() === '') return { items: [], isAsking: false }
  const items = (data?.incidents ?? []).map((incident) =>
    going({
      id: `incident ${incident.id}`,
      label: incident.summary.slice(0, 200),
      kind: kindInWords(incident.kind),
      path: pagePath(id, 'incidents', { open: openedText({ kind: 'incident', incidentId: incident.id }) }),
    }),
  )
  const isForText = rested === text.trim().slice(0, 200)
  return { items: foundFor(text, items, isForText && !isPlaceholderData), isAsking: isFetching || !isForText }
}

/** What an id may be of; its own address finds out where it belongs. */
function usePastedItems(text: string): PaletteItem[] {
  const going = useGoing()
  const id = pastedId(text)
  if (id === null) return []
  return [
    going({ id: `run ${id}`, label: `Run ${id}`, kind: 'Open the run', path: `/runs/${id}` }),
    going({ id: `job ${id}`, label: `Job ${id}`, kind: 'Open the job', path: `/jobs/${id}` }),
    going({ id: `incident ${id}`, label: `Incident ${id}`, kind: 'Open the incident', path: `/incidents/${id}` }),
  ]
}

function useCommandItems(): { readonly here: PaletteItem[]; readonly everywhere: PaletteItem[] } {
  const offered = useOfferedCommands()
  const actions = useShellActions()
  const { show } = useShell()
  const { brandId, group } = usePlace()
  const [, setBrandId] = useBrandId()
  const everywhere: PaletteItem[] = [
    { id: 'copy-link', label: 'Copy the link of what is shown', keys: 'c', run: actions.copyLink },
    { id: 'zone', label: 'Show times in the next zone', keys: 't', run: actions.nextZone },
    { id: 'theme', label: 'Next theme', keys: 'd', run: actions.nextTheme },
    { id: 'keys', label: 'Show all keys', keys: '?', run: () => show('keys') },
    ...(brandId === null && group === null
      ? []
      : [{ id: 'all-brands', label: 'Show all brands', run: () => setBrandId(null) }]),
  ].map((action) => ({ ...action, kind: 'Action' }))
  return { here: offered.map((command) => ({ ...command, kind: 'Here' })), everywhere }
}

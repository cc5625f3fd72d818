import { useQuery } from '@tanstack/react-query'
import { useMay, useQueries } from '../../client/context.tsx'
import { adminParts } from '../../pages/admin/parts.ts'
import { notificationsParts, partLabels } from '../../pages/notifications/parts.ts'
import { sourcesLabels, sourcesParts } from '../../pages/sources/parts.ts'
import { schedulesLabels, schedulesParts, schedulesTab } from '../../tabs/schedules/parts.ts'
import { useOrganization } from '../organization.ts'
import { adminPage, notificationsPage, sourcesPage } from '../pages.ts'
import { pagePath, useNarrowingSearch } from '../places.ts'
import { useGoing } from './going.ts'
import type { PaletteItem } from './ranking.ts'

/** The parts of pages that have some, when they are looked for. The first part of a page is what the page itself leads to. */
export function usePartItems(): PaletteItem[] {
  const going = useGoing()
  const { id, hasSection } = useOrganization()
  const isAdmin = useMay('admin')
  const narrowing = useNarrowingSearch()
  const of = (page: { readonly path: string; readonly label: string }) => (part: string, label: string) =>
    going({
      id: `part ${page.path} ${part}`,
      label: `${page.label}: ${label}`,
      kind: 'Page',
      path: pagePath(id, page.path, { ...narrowing, show: part }),
    })
  return [
    ...(hasSection ? schedulesParts.slice(1).map((part) => of(schedulesTab)(part, schedulesLabels[part])) : []),
    ...(hasSection ? notificationsParts.slice(1).map((part) => of(notificationsPage)(part, partLabels[part])) : []),
    ...(hasSection ? sourcesParts.map((part) => of(sourcesPage)(part, sourcesLabels[part])) : []),
    ...(isAdmin ? adminParts.map(({ name, label }) => of(adminPage)(name, label)) : []),
  ]
}

/** Agents lead to what they ran lately, as their names do in the header. */
export function useAgentItems(): PaletteItem[] {
  const going = useGoing()
  const { id, hasSection } = useOrganization()
  const { data } = useQuery(useQueries().catalog.agents.queryOptions())
  if (!hasSection) return []
  return (data?.agents ?? []).map((agent) =>
    going({
      id: `agent ${agent.id}`,
      label: agent.name === '' ? agent.id : agent.name,
      kind: `Agent on ${agent.host.slice(0, 60)}`,
      path: pagePath(id, 'run-history', { agent: agent.id, range: '30d' }),
    }),
  )
}

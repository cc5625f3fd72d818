import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useQueries } from '../../client/context.tsx'
import { useCentre } from '../../incidents/use-centre.ts'
import { jobNarrowing, useJobCounts } from '../../jobs/use-job-counts.ts'
import { tabs } from '../../tabs/registry.ts'
import { useOrganization } from '../organization.ts'
import { adminPage, consumerPages, incidentsPage, notificationsPage, settingsPage, sourcesPage } from '../pages.ts'
import { pagePath, useNarrowingSearch, usePlace } from '../places.ts'
import classes from './navigation.module.css'
import { Wordmark } from './wordmark.tsx'

interface Badge {
  readonly count: number
  /** What is counted, for whoever does not see the place: "running". */
  readonly words: string
  readonly isProblem: boolean
}

/** The pages, those of the section under its name; counts say where something is going on. */
export function Navigation({ page, onFollow }: { page: string; onFollow?: () => void }) {
  const { id, hasSection } = useOrganization()
  const narrowing = useNarrowingSearch()
  const badges = useBadges()
  const item = (target: { path: string; label: string }) => (
    <li key={target.path}>
      <Link
        href={pagePath(id, target.path, narrowing)}
        className={classes['item'] ?? ''}
        aria-current={target.path === page ? 'page' : undefined}
        onClick={onFollow}
      >
        <span>{target.label}</span>
        <NavigationBadge badge={badges[target.path]} />
      </Link>
    </li>
  )
  return (
    <div className={classes['navigation']}>
      <Wordmark href={pagePath(id, 'health')} />
      {hasSection && (
        <section aria-labelledby="navigation-section">
          <p className={classes['system']}>System</p>
          <h2 id="navigation-section" className={classes['section']}>
            Pipeline Manager
          </h2>
          <ul className={classes['list']}>{tabs.map(item)}</ul>
        </section>
      )}
      <ul className={classes['list']}>
        {(hasSection
          ? [...consumerPages, sourcesPage, incidentsPage, notificationsPage, adminPage, settingsPage]
          : [adminPage, settingsPage]
        ).map(item)}
      </ul>
    </div>
  )
}

function NavigationBadge({ badge }: { badge: Badge | undefined }) {
  if (badge === undefined || badge.count === 0) return null
  return (
    <span className={classes['badge']} data-problem={badge.isProblem || undefined}>
      {badge.count.toLocaleString()}
      <span className="pm-visually-hidden"> {badge.words}</span>
    </span>
  )
}

/** What is stale, how many jobs run, and of the organization what nobody attends to; the first two of the chosen brand or group, as the pages themselves. */
function useBadges(): Readonly<Record<string, Badge | undefined>> {
  const { hasSection } = useOrganization()
  const place = usePlace()
  const queries = useQueries()
  const jobs = useJobCounts(jobNarrowing(place), hasSection)
  const freshness = useQuery(queries.freshness.summary.queryOptions({ input: { ...place }, enabled: hasSection }))
  const { unattended } = useCentre()
  const dead = jobs?.dead ?? 0
  const running = jobs?.running ?? 0
  return {
    health: { count: freshness.data?.counts.stale ?? 0, words: 'stale', isProblem: true },
    incidents: { count: unattended, words: 'that nobody attends to', isProblem: true },
    'active-jobs':
      dead > 0
        ? { count: dead, words: 'dead', isProblem: true }
        : { count: running, words: 'running', isProblem: false },
  }
}

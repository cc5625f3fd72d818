import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { pagePath, useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { Name } from '../../components/untrusted.tsx'
import classes from './dataset-details.module.css'

/** What runs when the dataset is refreshed; nothing is shown where nothing does. */
export function Starts({ brandId, dataset }: { brandId: string; dataset: string }) {
  const organizationId = useOrganizationId()
  const { data } = useQuery(useQueries().triggers.list.queryOptions({ input: { organizationId, brandId, dataset } }))
  if (data === undefined || data.triggers.length === 0) return null
  return (
    <section aria-labelledby="starts-title">
      <h3 id="starts-title" className={classes['title']}>
        Starts
      </h3>
      <ul className={classes['list']}>
        {data.triggers.map(({ id, job, jobType, pausedAt, hindrance }) => (
          <li key={id}>
            <Link href={pagePath(organizationId, 'schedules', { brand: brandId })} className="pm-link">
              <Name text={job === null ? jobType : job.name} none="a job that was deleted" />
            </Link>
            <span className="pm-dim">{pausedAt !== null ? 'paused' : (hindrance ?? 'when it is refreshed')}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

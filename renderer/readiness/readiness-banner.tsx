import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { pagePath, useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { StateMark, stateWord } from '../components/state-mark.tsx'
import { Age } from '../components/time.tsx'
import { RunNowButton } from '../run-now/run-now.tsx'
import classes from './readiness-banner.module.css'

const mostReason = 400

/** Whether the data of a page may be used, above the page itself; silent while that is not known. The worst reason, and its fix. */
export function ReadinessBanner({ brandId, page }: { brandId: string; page: string }) {
  const organizationId = useOrganizationId()
  const { data } = useQuery(useQueries().readiness.page.queryOptions({ input: { brandId, page } }))
  if (data === undefined) return <div className={classes['banner']} data-verdict="unknown" aria-hidden />
  const [reason] = data.reasons
  const fix = data.items.find((item) => item.fix !== null && item.reason !== null)?.fix ?? null
  const succeeded = data.items.map(({ lastSuccessAt }) => lastSuccessAt).filter((at) => at !== null)
  const oldest = succeeded.toSorted((one, other) => one.getTime() - other.getTime())[0] ?? null
  return (
    <section className={classes['banner']} data-verdict={data.verdict} aria-label={`Readiness of ${data.label}`}>
      <StateMark state={data.verdict} size={16} />
      <p className={classes['words']}>
        <strong>{stateWord(data.verdict)}</strong>
        {reason === undefined ? (
          <>
            {' '}
            · data of <Age at={oldest} />
          </>
        ) : (
          ` · ${reason.slice(0, mostReason)}`
        )}
      </p>
      <span className={classes['actions']}>
        <Link href={pagePath(organizationId, 'readiness', { brand: brandId })}>Readiness</Link>
        {fix !== null && (
          <RunNowButton
            brandId={brandId}
            brandName={data.brandName}
            jobType={fix.jobType}
            parameters={fix.parameters}
            label="Fix"
          />
        )}
      </span>
    </section>
  )
}

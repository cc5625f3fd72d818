import { Link } from 'wouter'
import { useBrands, useBrandsSettled } from '../../app/organization.ts'
import { pagePath, useBrandId, useOrganizationId } from '../../app/places.ts'
import { AnswerLine } from '../../components/answer-line.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Name } from '../../components/untrusted.tsx'
import classes from '../page.module.css'
import own from './ad-performance.module.css'
import { BrandPerformance } from './brand-performance.tsx'

/** What the ads of one brand cost and brought in. */
export function AdPerformancePage() {
  const [brandId] = useBrandId()
  return brandId === null ? <ChooseBrand /> : <BrandPerformance key={brandId} brandId={brandId} />
}

function ChooseBrand() {
  const organizationId = useOrganizationId()
  const brands = useBrands()
  const isSettled = useBrandsSettled()
  if (isSettled && brands.length === 0) {
    return (
      <EmptyState title="There is no brand yet">
        Brands and their ad accounts are made on the Admin page; then meta_sync fetches what their ads did.
      </EmptyState>
    )
  }
  return (
    <div className={classes['page']}>
      <AnswerLine>Choose the brand whose ads you want to see.</AnswerLine>
      <ul className={own['brands']}>
        {brands.map(({ id, name }) => (
          <li key={id}>
            <Link href={pagePath(organizationId, 'ad-performance', { brand: id })}>
              <Name text={name} />
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}

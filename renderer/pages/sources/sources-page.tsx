import { Link } from 'wouter'
import { useOrganization } from '../../app/organization.ts'
import { pagePath, useBrandId, useSearchParameters } from '../../app/places.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import { type SourcesSection, sourcesSections } from './sections.ts'
import own from './sources.module.css'

/** How other programs report what they did to datasets. Each way has its own address. */
export function SourcesPage() {
  const [parameters] = useSearchParameters()
  const wanted = parameters.get('show')
  const shown = sourcesSections.find(({ name }) => name === wanted) ?? sourcesSections[0]
  const whyNot = useWhyNot()
  if (shown === undefined) return null
  return (
    <>
      <Sections shown={shown} />
      {whyNot !== null && <p className={own['whyNot']}>{whyNot}</p>}
      <div className={classes['page']}>
        <shown.Section />
      </div>
    </>
  )
}

function Sections({ shown }: { shown: SourcesSection }) {
  const { id } = useOrganization()
  const [brandId] = useBrandId()
  const brand: Record<string, string> = brandId === null ? {} : { brand: brandId }
  return (
    <nav className={own['parts']} aria-label="Parts of Sources">
      {sourcesSections.map(({ name, label }) => (
        <Link
          key={name}
          href={pagePath(id, 'sources', { ...brand, show: name })}
          aria-current={name === shown.name ? 'page' : undefined}
        >
          {label}
        </Link>
      ))}
    </nav>
  )
}

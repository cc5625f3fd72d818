import { Link } from 'wouter'
import { useOrganization } from '../../app/organization.ts'
import { pagePath, useBrandId, useSearchParameters } from '../../app/places.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import { type SourcesPart, sourcesLabels, sourcesParts } from './parts.ts'
import { sourcesSections } from './sections.ts'
import own from './sources.module.css'

/** How other programs report what they did to datasets. Each way has its own address. */
export function SourcesPage() {
  const [parameters] = useSearchParameters()
  const wanted = parameters.get('show')
  const shown = sourcesParts.find((part) => part === wanted) ?? sourcesParts[0]
  const Section = sourcesSections[shown]
  const whyNot = useWhyNot()
  return (
    <>
      <Sections shown={shown} />
      {whyNot !== null && <p className={own['whyNot']}>{whyNot}</p>}
      <div className={classes['page']}>
        <Section />
      </div>
    </>
  )
}

function Sections({ shown }: { shown: SourcesPart }) {
  const { id } = useOrganization()
  const [brandId] = useBrandId()
  const brand: Record<string, string> = brandId === null ? {} : { brand: brandId }
  return (
    <nav className={own['parts']} aria-label="Parts of Sources">
      {sourcesParts.map((part) => (
        <Link
          key={part}
          href={pagePath(id, 'sources', { ...brand, show: part })}
          aria-current={part === shown ? 'page' : undefined}
        >
          {sourcesLabels[part]}
        </Link>
      ))}
    </nav>
  )
}

import { Link } from 'wouter'
import { useOrganization } from '../app/organization.ts'
import { pagePath, useNarrowingSearch } from '../app/places.ts'
import classes from './parts-nav.module.css'

export interface PagePart<Key extends string> {
  /** As `show` has it in the address; the first part is what the page itself leads to. */
  readonly key: Key
  readonly label: string
  /** How many there are, where that says whether to look; null = not known yet. */
  readonly count?: number | null
}

/** Leads to the parts of a page, of which one is shown. */
export function PartsNav<Key extends string>(props: {
  readonly page: { readonly path: string; readonly label: string }
  readonly parts: readonly PagePart<Key>[]
  readonly shown: Key
}) {
  const { page, parts, shown } = props
  const { id } = useOrganization()
  const narrowing = useNarrowingSearch()
  return (
    <nav className={classes['parts']} aria-label={`Parts of ${page.label}`}>
      {parts.map(({ key, label, count }, index) => (
        <Link
          key={key}
          href={pagePath(id, page.path, index === 0 ? narrowing : { ...narrowing, show: key })}
          aria-current={key === shown ? 'page' : undefined}
        >
          {label}
          {typeof count === 'number' && <span className={classes['count']}> {count}</span>}
        </Link>
      ))}
    </nav>
  )
}

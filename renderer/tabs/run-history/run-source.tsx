import { Link } from 'wouter'
import { useOrganizationId, useSearchParameters } from '../../app/places.ts'
import classes from './run-source.module.css'

const sources = [
  { value: 'agents', label: 'Agents' },
  { value: 'external', label: 'Other programs' },
] as const

/** Whose runs are shown. The range of time and the brand stay; the other filters are about one of them alone. */
export function RunSource() {
  const organizationId = useOrganizationId()
  const [parameters] = useSearchParameters()
  const shown = parameters.get('source') === 'external' ? 'external' : 'agents'
  return (
    <nav className={classes['sources']} aria-label="Runs of">
      {sources.map(({ value, label }) => {
        const kept = new URLSearchParams()
        for (const name of ['brand', 'brands', 'range']) {
          const text = parameters.get(name)
          if (text !== null) kept.set(name, text)
        }
        if (value === 'external') kept.set('source', value)
        return (
          <Link
            key={value}
            href={`/o/${organizationId}/run-history${kept.size === 0 ? '' : `?${kept}`}`}
            aria-current={value === shown ? 'true' : undefined}
          >
            {label}
          </Link>
        )
      })}
    </nav>
  )
}

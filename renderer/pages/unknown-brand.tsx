import { useOrganization } from '../app/organization.ts'
import { useBrandId, useGroup } from '../app/places.ts'
import { EmptyState } from '../components/empty-state.tsx'

/** Instead of a page that the address narrows to a brand which is not there: what such a page shows would be wrong, or nothing. */
export function UnknownBrand() {
  const { name } = useOrganization()
  const [, setBrandId] = useBrandId()
  return (
    <EmptyState
      title="The address names a brand that is not here"
      action={{ label: 'Show all brands', onClick: () => setBrandId(null) }}
    >
      <bdi>{name.slice(0, 100)}</bdi> has no such brand. It may have been put away, or belong to another organization.
    </EmptyState>
  )
}

/** The same for a group that no brand carries, or none any more. */
export function UnknownGroup() {
  const { name } = useOrganization()
  const [group, setGroup] = useGroup()
  return (
    <EmptyState title="No brand is in this group" action={{ label: 'Show all brands', onClick: () => setGroup(null) }}>
      The address names the group <bdi>“{(group ?? '').slice(0, 60)}”</bdi>, and no brand of{' '}
      <bdi>{name.slice(0, 100)}</bdi> carries it, or none does any more. The groups that there are stand in the brand
      selector above.
    </EmptyState>
  )
}

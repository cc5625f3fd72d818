import { useLocation } from 'wouter'
import { useSession } from '../../client/context.tsx'
import { pagePath, useOrganizationId } from '../places.ts'
import { usePreferences } from '../preferences.tsx'
import { Picker } from './picker.tsx'

/** The same page of another organization; filters stay behind, because they name things of this one. */
export function OrganizationSelector({ page }: { page: string }) {
  const organizationId = useOrganizationId()
  const { organizations } = useSession()
  const { prefer } = usePreferences()
  const [, navigate] = useLocation()
  return (
    <Picker
      label="Organization"
      picks={organizations}
      pickedId={organizationId}
      onPick={(id) => {
        if (id === null || id === organizationId) return
        prefer({ organizationId: id })
        navigate(pagePath(id, page))
      }}
    />
  )
}

import { useQuery } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { useOrganization } from '../app/organization.ts'
import { pagePath } from '../app/places.ts'
import { useMay, useQueries } from '../client/context.tsx'
import { EmptyState } from '../components/empty-state.tsx'

/** Instead of a page of the section, while an organization has the section switched off. */
export function GatedPage() {
  const { id, name } = useOrganization()
  const isAdmin = useMay('admin')
  const [, navigate] = useLocation()
  // Nobody tells of changes while the section is off, and somebody else may switch it on.
  useQuery({ ...useQueries().session.get.queryOptions(), refetchInterval: 10_000 })
  const action = { label: 'Go to Admin', onClick: () => navigate(pagePath(id, 'admin')) }
  return (
    <EmptyState title={`Pipeline Manager is switched off for ${name.slice(0, 100)}`} {...(isAdmin ? { action } : {})}>
      {isAdmin
        ? 'Its jobs and data stay as they are. Admin switches the section on, with one switch.'
        : 'Its jobs and data stay as they are. Ask an administrator to switch it on in Admin.'}
    </EmptyState>
  )
}

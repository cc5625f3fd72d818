import { useLocation } from 'wouter'
import { EmptyState } from '../components/empty-state.tsx'

export function NotFound() {
  const [path, navigate] = useLocation()
  return (
    <EmptyState
      title="There is nothing at this address"
      action={{ label: 'Go to Health', onClick: () => navigate('/') }}
    >
      <bdi>{path.slice(0, 200)}</bdi> names no page, or a thing of an organization that you do not see.
    </EmptyState>
  )
}

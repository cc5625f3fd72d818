import { useLocation } from 'wouter'
import { EmptyState } from '../components/empty-state.tsx'

export function NotFound() {
  const [path, navigate] = useLocation()
  return (
    <main>
      <EmptyState
        title="There is nothing at this address"
        action={{ label: 'Go to Health', onClick: () => navigate('/') }}
      >
        {path} names no page, or a thing of an organization that you do not see.
      </EmptyState>
    </main>
  )
}

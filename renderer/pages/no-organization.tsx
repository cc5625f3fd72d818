import { EmptyState } from '../components/empty-state.tsx'

/** A database without any organization, or a token that belongs to one that is gone. */
export function NoOrganization({ onRetry }: { onRetry: () => void }) {
  return (
    <main>
      <EmptyState title="There is no organization yet" action={{ label: 'Look again', onClick: onRetry }}>
        Make one with <code>pm organizations create</code>, or load the sample workspace with{' '}
        <code>pm sample load</code>.
      </EmptyState>
    </main>
  )
}

import { Link } from 'wouter'
import { pagePath, useOrganizationId } from '../app/places.ts'
import { Name } from '../components/untrusted.tsx'

export interface AgentLinkProps {
  readonly agent: { readonly id: string; readonly name: string }
  readonly className?: string | undefined
  /** What is shown is left. */
  readonly onFollow?: () => void
}

/** The name of an agent, leading to what it ran. */
export function AgentLink({ agent, className = '', onFollow }: AgentLinkProps) {
  const organizationId = useOrganizationId()
  return (
    <Link
      href={pagePath(organizationId, 'run-history', { agent: agent.id, range: '30d' })}
      className={className}
      title="Its runs of the last 30 days"
      onClick={onFollow}
    >
      <Name text={agent.name} none={agent.id} />
    </Link>
  )
}

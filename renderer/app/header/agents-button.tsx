import { Popover, Skeleton, UnstyledButton } from '@mantine/core'
import { IconServer } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useQueries } from '../../client/context.tsx'
import { Failure } from '../../components/failure.tsx'
import { Age } from '../../components/time.tsx'
import { AgentLink } from '../../incidents/agent-link.tsx'
import { OpenIncidents } from '../../incidents/open-incidents.tsx'
import { useOrganization } from '../organization.ts'
import classes from './header.module.css'

/** How many agents are there to run things, and which. */
export function AgentsButton() {
  const agents = useQuery(useQueries().catalog.agents.queryOptions())
  const [isOpen, setIsOpen] = useState(false)
  const living = agents.data?.agents.filter(({ alive }) => alive) ?? null
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={360} trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes['quiet'] ?? ''} onClick={() => setIsOpen(!isOpen)}>
          <IconServer size={15} aria-hidden />
          <span>{living?.length ?? '–'} </span>
          <span className={classes['agentsWord']}>{living?.length === 1 ? 'agent' : 'agents'}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes['panel'] ?? ''}>
        <h2 data-autofocus tabIndex={-1}>
          Agents
        </h2>
        {agents.error !== null && <Failure error={agents.error} onRetry={() => void agents.refetch()} />}
        {agents.data === undefined && agents.error === null && <Skeleton height={48} />}
        {agents.data?.agents.length === 0 && (
          <p>
            No agent is known. Nothing runs until one is started: <code>pm agent</code>.
          </p>
        )}
        <ul className={classes['agents']}>
          {agents.data?.agents.map((agent) => (
            <AgentItem key={agent.id} agent={agent} isShown={isOpen} onFollow={() => setIsOpen(false)} />
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  )
}

interface Agent {
  readonly id: string
  readonly name: string
  readonly host: string
  readonly programVersion: string
  readonly state: string
  readonly alive: boolean
  readonly jobTypes: readonly string[]
  readonly concurrency: number
  readonly activeRuns: number
  readonly heartbeatAt: Date
}

const mostTypes = 6

function AgentItem({ agent, isShown, onFollow }: { agent: Agent; isShown: boolean; onFollow: () => void }) {
  const { hasSection } = useOrganization()
  const types = agent.jobTypes.slice(0, mostTypes).join(', ')
  const more = agent.jobTypes.length - mostTypes
  return (
    <li className={classes['agent']}>
      <strong className="pm-clip">
        <AgentLink agent={agent} onFollow={onFollow} />
      </strong>
      <span>
        {agent.alive ? `${agent.state}, ${agent.activeRuns} of ${agent.concurrency} running` : 'Not heard of'}
      </span>
      <span className="pm-dim">
        on <bdi>{agent.host.slice(0, 100)}</bdi>, version {agent.programVersion.slice(0, 40)}, last heard{' '}
        <Age at={agent.heartbeatAt} />
      </span>
      <span className="pm-dim">
        {agent.jobTypes.length === 0
          ? 'Can run nothing: it has no executor.'
          : `Can run ${types}${more > 0 ? ` and ${more} more` : ''}`}
      </span>
      {isShown && hasSection && <OpenIncidents of={{ agentId: agent.id }} onFollow={onFollow} />}
    </li>
  )
}

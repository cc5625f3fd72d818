import { ActionIcon } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { createContext, use } from 'react'
import type { IncidentView } from '../../../shared/contract/incidents.ts'
import { counted } from '../../components/counts.ts'
import type { Column } from '../../components/data-list.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { Name, OneLine } from '../../components/untrusted.tsx'
import { IncidentMenu } from '../../incidents/incident-menu.tsx'
import { kindInWords, stateOfIncident, thingInWords } from '../../incidents/incident-words.ts'
import { WaitingMark } from '../../incidents/waiting.tsx'
import classes from './incidents.module.css'

export interface Grouping {
  /** Causes whose effects are shown below them. */
  readonly opened: ReadonlySet<string>
  /** What is shown as an effect. */
  readonly effects: ReadonlySet<string>
  readonly toggle: (incidentId: string) => void
}

/** Rows re-render only when their own incident changes; what is opened reaches their cells past them. */
export const GroupingContext = createContext<Grouping>({
  opened: new Set(),
  effects: new Set(),
  toggle: () => undefined,
})

/** Made once. */
export const incidentColumns: readonly Column<IncidentView>[] = [
  {
    id: 'state',
    header: 'State',
    width: 'minmax(76px, 120px)',
    cell: (incident) => <StateMark withWord {...stateOfIncident(incident)} />,
  },
  {
    id: 'what',
    header: 'What is wrong',
    width: 'minmax(120px, 3fr)',
    cell: (incident) => <What incident={incident} />,
  },
  {
    id: 'thing',
    header: 'Of what',
    width: 'minmax(72px, 1.2fr)',
    secondary: true,
    cell: (incident) => <Name text={thingInWords(incident)} none="–" />,
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 'minmax(96px, 0.9fr)',
    secondary: true,
    cell: ({ kind }) => <span className="pm-clip">{kindInWords(kind)}</span>,
  },
  {
    id: 'since',
    header: 'Since',
    width: '104px',
    isLeftOutOnPhones: true,
    cell: ({ openedAt }) => <Age at={openedAt} />,
  },
  {
    id: 'who',
    header: 'On it',
    width: 'minmax(72px, 0.7fr)',
    secondary: true,
    cell: ({ acknowledged }) => <Name text={acknowledged?.by ?? null} none="nobody" />,
  },
  {
    id: 'actions',
    header: 'Actions',
    isHeaderHidden: true,
    width: '36px',
    align: 'right',
    cell: (incident) => <IncidentMenu incident={incident} />,
  },
]

/** The sentence; in front of it, what opens its effects, or the sign that it is one. */
function What({ incident }: { incident: IncidentView }) {
  const { opened, effects, toggle } = use(GroupingContext)
  const isOpen = opened.has(incident.id)
  const Chevron = isOpen ? IconChevronDown : IconChevronRight
  return (
    <>
      {effects.has(incident.id) && (
        <span className={classes['effect']}>
          <span className="pm-visually-hidden">Effect: </span>
        </span>
      )}
      {incident.effects > 0 && (
        <ActionIcon
          size={24}
          aria-expanded={isOpen}
          aria-label={`${counted(incident.effects, 'effect')} of: ${incident.summary.slice(0, 200)}`}
          onClick={(event) => {
            event.stopPropagation()
            toggle(incident.id)
          }}
        >
          <Chevron size={14} />
        </ActionIcon>
      )}
      <WaitingMark incidentId={incident.id} />
      <OneLine
        text={incident.expected === null ? incident.summary : `${incident.summary} Expected: ${incident.expected}`}
        withTimes
      />
      {incident.effects > 0 && <span className={classes['count']}>{counted(incident.effects, 'effect')}</span>}
    </>
  )
}

import type { IncidentView } from '../../../shared/contract/incidents.ts'
import { counted } from '../../components/counts.ts'

export interface IncidentCounts {
  readonly open: number
  readonly acknowledged: number
  readonly snoozed: number
  readonly effects: number
}

/**
 * What an operator would say first: how much nobody attends to, what is behind it, and what is taken care of. The biggest is named only where
 * all of them are known (`areAll`): not of what a filter leaves, nor of the first page.
 */
export function answerOf(counts: IncidentCounts, incidents: readonly IncidentView[], areAll: boolean): string {
  const { open, acknowledged, snoozed, effects } = counts
  const attended = [
    acknowledged > 0 ? `${acknowledged.toLocaleString()} acknowledged` : null,
    snoozed > 0 ? `${snoozed.toLocaleString()} snoozed` : null,
  ].filter((part) => part !== null)
  const rest = attended.length === 0 ? '' : ` ${attended.join(', ')}.`
  if (open === 0 && attended.length === 0) return 'Nothing is wrong: no incident is open.'
  if (open === 0) return `Nothing waits for a person.${rest}`
  const behind = effects === 0 ? '' : `, with ${counted(effects, 'effect')}`
  const worst = areAll ? mostEffects(incidents.filter(({ state }) => state === 'open')) : null
  const first =
    worst === null ? '' : ` ${open === 1 ? '' : worst.effects > 0 ? 'The biggest: ' : 'The newest: '}${worst.summary}`
  return `${counted(open, 'open incident')}${behind}.${first}${rest}`
}

/** The newest of those with the most effects. */
function mostEffects(incidents: readonly IncidentView[]): IncidentView | null {
  return incidents.reduce<IncidentView | null>(
    (most, incident) => (most === null || incident.effects > most.effects ? incident : most),
    null,
  )
}

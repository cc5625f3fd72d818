import type { IncidentView } from '../../shared/contract/incidents.ts'
import { type IncidentKind, kindRules } from '../../shared/incidents.ts'
import type { StateName } from '../components/state-mark.tsx'

/** "Stale dataset" */
export function kindInWords(kind: IncidentKind): string {
  const { one } = kindRules[kind]
  return one.slice(0, 1).toUpperCase() + one.slice(1)
}

/** How its state is shown: a warning is open in a shape of its own, and what a rule or a hold keeps quiet says so. */
export function stateOfIncident(incident: IncidentView): { readonly state: StateName; readonly word?: string } {
  const { state, severity, isMuted, expected } = incident
  const shown = state === 'open' && severity === 'warning' ? 'open_warning' : state
  if (expected !== null && state === 'open') return { state: shown, word: 'Open, expected' }
  return isMuted && state === 'open' ? { state: shown, word: 'Open, muted' } : { state: shown }
}

/** What it is about: "orders of Acme", "Nightly orders of Acme", "load_orders", the name of an agent. */
export function thingInWords({ dataset, job, jobType, agent, brand }: IncidentView): string {
  const thing = dataset?.label ?? job?.name ?? agent?.name ?? jobType ?? ''
  const ofBrand = brand === null ? '' : `${thing === '' ? '' : ' of '}${brand.name}`
  return `${thing}${ofBrand}`
}

/** "Stale dataset: orders of Acme", for screen readers and links. */
export function incidentInWords(incident: IncidentView): string {
  const thing = thingInWords(incident)
  return thing === '' ? kindInWords(incident.kind) : `${kindInWords(incident.kind)}: ${thing}`
}

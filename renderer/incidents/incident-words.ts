import type { IncidentView } from '../../shared/contract/incidents.ts'
import { type IncidentKind, kindRules } from '../../shared/incidents.ts'

/** "Stale dataset" */
export function kindInWords(kind: IncidentKind): string {
  const { one } = kindRules[kind]
  return one.slice(0, 1).toUpperCase() + one.slice(1)
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

import type { Finding } from '../../settings/finding.ts'
import type { JobType } from './catalog.ts'
import { below, propertiesOf, unknownName } from './references.ts'

/** What is wrong with which parameters say the days of a run; paths are those of the file. */
export function backfillFindings({ key, parameters, backfill }: JobType): Finding[] {
  if (backfill === null) return []
  const { from, to, mostDays } = backfill
  const properties = propertiesOf(parameters)
  const findings = [...dayFindings('from', from, properties), ...(to === null ? [] : dayFindings('to', to, properties))]
  if (to === from) {
    const fix = 'Name the parameter with the last day, or leave "to" out: then a run covers one day.'
    findings.push({ path: ['to'], message: `is the same parameter as from; got "${to}"`, value: to, fix })
  }
  if (to === null && mostDays > 1) {
    const message = `must be 1 where no parameter says the last day; got ${mostDays}`
    findings.push({ path: ['most_days'], message, value: mostDays, fix: 'Name that parameter as "to", or write 1.' })
  }
  return below(['job_types', key, 'backfill'], findings)
}

function dayFindings(field: string, name: string, properties: ReadonlyMap<string, unknown>): Finding[] {
  const unknown = unknownName([field], 'parameter', name, properties)
  if (unknown.length > 0) return unknown
  const property = properties.get(name)
  const isDay = isObject(property) && property['type'] === 'string' && property['format'] === 'date'
  if (isDay) return []
  const message = `must name a parameter that is a day; got "${name}"`
  return [{ path: [field], message, value: name, fix: `Give ${name} the schema { type: string, format: date }.` }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

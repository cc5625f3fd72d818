import { parseCadence } from '../../../shared/cadence.ts'
import { Problem } from '../../../shared/errors.ts'
import type { Finding } from '../../settings/finding.ts'
import { backfillFindings } from './backfill-checks.ts'
import type { Catalog, Dataset, JobType, Page, Step } from './catalog.ts'
import { schemaFindings } from './parameter-schema.ts'
import { checkParameters } from './parameters.ts'
import type { CatalogFile } from './parse-catalog.ts'
import { below, propertiesOf, unknownName } from './references.ts'
import { agentConnection, runFindings, sqlTemplates } from './run-checks.ts'

/**
 * References of a merged catalog that do not hold. Everything is looked at, also what came from the preset: a file can break a
 * preset page by changing the parameters of a job type. Paths are those of the file where it has them.
 */
export function crossCheck(catalog: Catalog, file: CatalogFile): Finding[] {
  const findings = duplicateSteps(file)
  const usable = new Set<string>()
  for (const jobType of catalog.jobTypes.values()) {
    const faults = parametersFindings(jobType)
    if (faults.length === 0) usable.add(jobType.key)
    findings.push(...faults, ...cadenceFindings(jobType), ...stepFindings(catalog, jobType, file))
    findings.push(...backfillFindings(jobType))
  }
  for (const dataset of catalog.datasets.values()) findings.push(...probeFindings(catalog, dataset))
  for (const page of catalog.pages.values()) findings.push(...pageFindings(catalog, page, usable))
  return [...findings, ...lineageFindings(catalog, file)]
}

function lineageFindings({ datasets }: Catalog, { content }: CatalogFile): Finding[] {
  return content.lineage.flatMap(({ dataset }, index) =>
    unknownName(['lineage', index, 'dataset'], 'dataset', dataset, datasets),
  )
}

function duplicateSteps({ content }: CatalogFile): Finding[] {
  return Object.entries(content.job_types).flatMap(([jobType, { steps = [] }]) => {
    const keys = steps.map((step) => step.key)
    return keys.flatMap((key, index) => {
      if (keys.indexOf(key) === index) return []
      const path = ['job_types', jobType, 'steps', index, 'key']
      return [{ path, message: `is there twice; got "${key}"`, value: key, fix: 'Give every step its own key.' }]
    })
  })
}

function parametersFindings(jobType: JobType): Finding[] {
  return below(['job_types', jobType.key, 'parameters'], schemaFindings(jobType.parameters))
}

function cadenceFindings({ key, cadence }: JobType): Finding[] {
  if (cadence === null) return []
  try {
    parseCadence(cadence.cron, cadence.timeZone ?? 'UTC')
    return []
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const field = error.field === 'time_zone' ? 'time_zone' : 'cron'
    const finding = {
      path: ['job_types', key, 'cadence', field],
      message: `is not valid: ${withoutStop(error.message)}`,
    }
    return [error.fix === undefined ? finding : { ...finding, fix: error.fix }]
  }
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '')
}

function stepFindings(catalog: Catalog, jobType: JobType, file: CatalogFile): Finding[] {
  const written = file.content.job_types[jobType.key]?.steps ?? []
  return jobType.steps.flatMap((step) => {
    const index = written.findIndex((entry) => entry.key === step.key)
    const path = ['job_types', jobType.key, 'steps', index === -1 ? step.key : index]
    const findings = [...datasetFindings(catalog, step), ...whenFindings(jobType, step)]
    if (step.run !== null) findings.push(...below(['run'], runFindings(catalog, jobType, step.run)))
    return below(path, findings)
  })
}

function datasetFindings(catalog: Catalog, step: Step): Finding[] {
  return step.dataset === null ? [] : unknownName(['dataset'], 'dataset', step.dataset, catalog.datasets)
}

function whenFindings(jobType: JobType, step: Step): Finding[] {
  if (step.when === null) return []
  const properties = propertiesOf(jobType.parameters)
  const found = unknownName(['when'], 'parameter', step.when, properties)
  if (found.length > 0) return found
  const property = properties.get(step.when)
  if (typeof property === 'object' && property !== null && 'type' in property && property.type === 'boolean') return []
  const fix = 'Name a parameter of type boolean.'
  return [{ path: ['when'], message: `must name a true/false parameter; got "${step.when}"`, value: step.when, fix }]
}

function probeFindings({ connections }: Catalog, { key, probe }: Dataset): Finding[] {
  if (probe === null) return []
  const { paths, findings: faults } = sqlTemplates(probe.sql)
  const wrong = paths.find((path) => path !== 'run.brand_id')
  const isOwn = probe.connection === agentConnection
  const findings = isOwn ? [] : unknownName(['connection'], 'connection', probe.connection, connections)
  findings.push(...faults)
  if (wrong !== undefined) {
    const fix = 'A probe belongs to no run: it knows {{ run.brand_id }} and nothing else.'
    findings.push({ path: ['sql'], message: `names nothing: "{{ ${wrong} }}"`, value: wrong, fix })
  }
  return below(['datasets', key, 'probe'], findings)
}

function pageFindings(catalog: Catalog, page: Page, usable: ReadonlySet<string>): Finding[] {
  return page.requires.flatMap(({ dataset, fix }, index) => {
    const path = ['pages', page.key, 'requires', index]
    const findings = unknownName(['dataset'], 'dataset', dataset, catalog.datasets)
    const jobType = catalog.jobTypes.get(fix.jobType)
    if (jobType === undefined) {
      findings.push(...unknownName(['fix', 'job_type'], 'job type', fix.jobType, catalog.jobTypes))
    } else if (usable.has(jobType.key)) {
      const checked = checkParameters(jobType, fix.parameters)
      if (Array.isArray(checked)) findings.push(...below(['fix', 'parameters'], checked))
    }
    return below(path, findings)
  })
}

import type { DbtResult } from '../../../shared/dbt-artifacts.ts'
import { cleanText } from '../../../shared/errors.ts'
import type { ExternalReport, Fact } from '../../../shared/external-runs.ts'
import { factName } from '../../../shared/lineage/outcomes.ts'
import { maskShaped } from '../../jobs/log/secret-masker.ts'
import type { Brand } from '../../store/brands.ts'
import type { PlacedInvocation, PlacedResult } from './place-results.ts'

/** Characters of an error. */
export const textLimit = 8_000
/** Of a description: it is kept with every run. */
const descriptionLimit = 500

/**
 * The invocation, and what it did as its steps. The same file may be given for several brands, or first for the wrong one: each has runs of its own.
 */
export function reportsOf(brand: Pick<Brand, 'id' | 'organizationId'>, invocation: PlacedInvocation): ExternalReport[] {
  const { id, command, dbtVersion, at, results } = invocation
  const shared = {
    organizationId: brand.organizationId,
    source: 'dbt' as const,
    producer: `dbt ${dbtVersion}`,
    jobNamespace: 'dbt',
    nominalStartAt: null,
    nominalEndAt: null,
    log: null,
    facts: {},
    brandId: brand.id,
  }
  const failed = results.filter(({ status }) => status === 'failed')
  const own: ExternalReport = {
    ...shared,
    runKey: `${id} ${command} ${brand.id}`,
    jobName: command,
    parentKey: null,
    datasetKey: null,
    status: failed.length === 0 ? 'completed' : 'failed',
    at,
    records: null,
    error:
      failed.length === 0
        ? null
        : `Failed: ${failed
            .slice(0, 20)
            .map(({ datasetKey }) => datasetKey)
            .join(', ')}`,
  }
  const began = earliest(results)
  const steps = results.flatMap((result): ExternalReport[] => {
    const step = {
      ...shared,
      runKey: `${id} ${result.uniqueId} ${result.brand.id}`,
      jobName: result.uniqueId,
      parentKey: own.runKey,
      brandId: result.brand.id,
      datasetKey: result.datasetKey,
      facts: factsOf(result),
      records: result.records,
      error: result.error === null ? null : cleanText(maskShaped(result.error), textLimit),
    }
    const ended: ExternalReport = { ...step, status: result.status, at: result.at }
    return result.startedAt === null ? [ended] : [{ ...step, status: 'running', at: result.startedAt }, ended]
  })
  return [...(began === null ? [] : [{ ...own, status: 'running' as const, error: null, at: began }]), own, ...steps]
}

/** What people know it by; shown with the run. */
function factsOf({ relation, description, at }: PlacedResult): Record<string, Fact> {
  const said = Object.entries({ relation, description }).flatMap(([name, text]) => {
    if (text === null) return []
    return [
      [factName.run(name), { at: at.toISOString(), value: cleanText(maskShaped(text), descriptionLimit) }] as const,
    ]
  })
  return Object.fromEntries(said)
}

function earliest(results: readonly DbtResult[]): Date | null {
  const times = results.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt.getTime()]))
  return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.min(a, b)))
}

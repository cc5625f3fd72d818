import type { InferContractRouterOutputs } from '@orpc/contract'
import type { IncidentView } from '../../shared/contract/incidents.ts'
import type { Contract } from '../../shared/contract/index.ts'
import type { IncidentKind } from '../../shared/incidents.ts'

export type MuteRule = InferContractRouterOutputs<Contract>['incidents']['mutes']['rules'][number]

/** What a rule keeps quiet: null in all of these means any; they must all fit. */
export interface MuteScope {
  readonly brandId: string | null
  readonly dataset: string | null
  readonly jobType: string | null
  readonly kind: IncidentKind | null
}

export const anything: MuteScope = { brandId: null, dataset: null, jobType: null, kind: null }

/** What all of these incidents have in common. */
export function scopeOf(incidents: readonly IncidentView[]): MuteScope {
  return {
    brandId: common(incidents.map(({ brand }) => brand?.id ?? null)),
    dataset: common(incidents.map(({ dataset }) => dataset?.key ?? null)),
    // The dataset says more; with both, a stale dataset of another job type would come through.
    jobType: common(incidents.map(({ dataset, jobType }) => (dataset === null ? jobType : null))),
    kind: common(incidents.map(({ kind }) => kind)),
  }
}

function common<Value>(values: readonly (Value | null)[]): Value | null {
  const [first = null] = values
  return values.every((value) => value === first) ? first : null
}

export function scopeOfRule({ brand, dataset, jobType, kind }: MuteRule): MuteScope {
  return { brandId: brand?.id ?? null, dataset, jobType, kind }
}

import type { DbtAges, DbtInvocation, DbtResult } from '../../../shared/dbt-artifacts.ts'
import type { DbtNode } from '../../../shared/dbt-manifest.ts'
import { Problem } from '../../../shared/errors.ts'
import { didYouMean } from '../../settings/suggestion.ts'

export interface DbtBrand {
  readonly id: string
  readonly name: string
}

/** What is known of a dataset's ages. */
export interface PlacedAges extends DbtAges {
  readonly brand: DbtBrand
  readonly datasetKey: string
}

/** A result, as it is told of a dataset of a brand. */
export interface PlacedResult extends DbtResult, PlacedAges {
  readonly relation: string | null
  readonly description: string | null
}

export interface PlacedInvocation extends DbtInvocation {
  readonly results: readonly PlacedResult[]
}

export interface Surroundings {
  /** Whose everything is of which the manifest does not say otherwise. */
  readonly brand: DbtBrand
  /** By the names that dbt has for them. */
  readonly nodes: ReadonlyMap<string, DbtNode>
  /** Of the organization. */
  readonly brands: readonly DbtBrand[]
}

/** What a run of dbt says, with what the manifest says beside it. @throws Problem `invalid_input` for a brand that is not there. */
export function placeResults(invocation: DbtInvocation, surroundings: Surroundings): PlacedInvocation {
  const results = invocation.results.map((result): PlacedResult => {
    const node = surroundings.nodes.get(result.uniqueId)
    const hasAges = result.maxAgeHours !== null || result.warnAgeHours !== null
    const { maxAgeHours, warnAgeHours } = hasAges || node === undefined ? result : node
    return {
      ...result,
      maxAgeHours,
      warnAgeHours,
      brand: brandOf(node, surroundings),
      datasetKey: node?.datasetKey ?? result.datasetKey,
      relation: node?.relation ?? null,
      description: node?.description ?? null,
    }
  })
  return { ...invocation, results }
}

/** The ages of sources that dbt was not asked about this time. */
export function unreachedSources(reached: readonly DbtResult[], surroundings: Surroundings): PlacedAges[] {
  const told = new Set(reached.map(({ uniqueId }) => uniqueId))
  return [...surroundings.nodes].flatMap(([id, node]) => {
    const { datasetKey, maxAgeHours, warnAgeHours } = node
    const saysNothing = maxAgeHours === null && warnAgeHours === null
    if (!id.startsWith('source.') || told.has(id) || saysNothing) return []
    return [{ brand: brandOf(node, surroundings), datasetKey, maxAgeHours, warnAgeHours }]
  })
}

function brandOf(node: DbtNode | undefined, { brand, brands }: Surroundings): DbtBrand {
  const wanted = node?.own.brand ?? null
  return wanted === null ? brand : brandNamed(brands, wanted, { code: 'invalid_input', field: `${node?.field}.brand` })
}

/** By id, by name, or by a name in other letters. @throws Problem of this code. */
export function brandNamed(
  brands: readonly DbtBrand[],
  wanted: string,
  { code, field }: { code: 'invalid_input' | 'not_found'; field: string },
): DbtBrand {
  const lower = wanted.toLowerCase()
  const isMeant = [
    ({ id }: DbtBrand) => id === lower,
    ({ name }: DbtBrand) => name === wanted,
    ({ name }: DbtBrand) => name.toLowerCase() === lower,
  ]
  const found = isMeant.map((isIt) => brands.filter(isIt)).find((some) => some.length > 0) ?? []
  const [brand, ...others] = found
  if (brand !== undefined && others.length === 0) return brand
  const message =
    brand === undefined ? `There is no brand "${wanted}".` : `${found.length} brands have the name "${wanted}".`
  const names = brands.map(({ name }) => name)
  const fix = brand === undefined ? didYouMean(wanted, names) : 'Give the id of one.'
  throw new Problem(code, message, { field, value: wanted, fix })
}

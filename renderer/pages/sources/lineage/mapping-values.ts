import type { LineageMappingRow, UnmappedDataset } from '../../../../shared/contract/sources.ts'

/** A mapping that people made; those of files are changed there. */
export type Mapping = LineageMappingRow & { readonly id: string; readonly changedAt: Date }

export function isOurs(mapping: LineageMappingRow): mapping is Mapping {
  return mapping.id !== null && mapping.changedAt !== null
}

/** What a mapping says, as it is edited; empty = not chosen yet. */
export interface MappingValues {
  readonly namespace: string
  readonly name: string
  readonly brandId: string
  readonly dataset: string
}

export const newMapping: MappingValues = { namespace: '*', name: '', brandId: '', dataset: '' }

export function valuesOf({ namespace, name, brand, dataset }: LineageMappingRow): MappingValues {
  return { namespace, name, brandId: brand.id, dataset }
}

/** For a name that is not mapped: itself, to be widened. */
export function valuesFor({ namespace, name }: UnmappedDataset): MappingValues {
  return { ...newMapping, namespace, name }
}

export function isWhole({ namespace, name, brandId, dataset }: MappingValues): boolean {
  return [namespace, name, brandId, dataset].every((text) => text.trim() !== '')
}

/** What a mapping may mean: datasets of agents, with their labels, then others of the brand, and what is chosen already; each once. */
export function datasetChoices(
  ofAgents: readonly { readonly key: string; readonly label: string }[],
  ofBrand: readonly string[],
  chosen: string,
): { readonly value: string; readonly label: string }[] {
  const known = new Set(ofAgents.map(({ key }) => key))
  const others = [...new Set([...ofBrand.toSorted(), chosen])].filter((key) => key !== '' && !known.has(key))
  return [
    ...ofAgents.map(({ key, label }) => ({ value: key, label })),
    ...others.map((key) => ({ value: key, label: key })),
  ]
}

export const mappingLabels: Readonly<Record<keyof MappingValues, string>> = {
  namespace: 'Namespace',
  name: 'Name',
  brandId: 'Brand',
  dataset: 'Dataset',
}

/** One field, in words. */
export function mappingFieldInWords(
  values: MappingValues,
  field: keyof MappingValues,
  brands: readonly { readonly id: string; readonly name: string }[],
): string {
  if (field !== 'brandId') return values[field]
  return brands.find(({ id }) => id === values.brandId)?.name ?? 'a brand that is gone'
}

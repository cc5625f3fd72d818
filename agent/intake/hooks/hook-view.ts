import type { StoredHook } from '../../store/hooks.ts'

/** A hook as the contract shows it; no secret. */
export function hookView({ id, brandId, brandName, mapping, ...stored }: StoredHook) {
  const { name, style, jobType, enabled, refusedAt, refusedBecause, changedAt, changedBy } = stored
  return {
    id,
    brand: { id: brandId, name: brandName },
    name,
    style,
    jobType,
    mapping: { ...mapping },
    enabled,
    path: `/api/hooks/${id}`,
    refusedAt,
    refusedBecause,
    changedAt,
    changedBy,
  }
}

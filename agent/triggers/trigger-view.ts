import { lastingHindrance } from '../../shared/dataset-triggers.ts'
import type { StoredTrigger } from '../store/dataset-triggers.ts'

/** A trigger as the contract shows it. */
export function triggerView(stored: StoredTrigger) {
  const {
    brandId,
    brandName,
    datasetKey,
    jobId,
    jobName,
    jobStatus,
    isBrandArchived,
    dueAt,
    asOf: _read,
    ...same
  } = stored
  return {
    ...same,
    brand: { id: brandId, name: brandName },
    dataset: datasetKey,
    job: jobId === null ? null : { id: jobId, name: jobName, status: jobStatus },
    hindrance: lastingHindrance({ isBrandArchived, jobStatus: jobId === null ? null : (jobStatus ?? 'gone') }),
    firesAt: stored.pausedAt === null ? dueAt : null,
  }
}

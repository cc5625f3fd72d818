import { counted } from '../components/counts.ts'

/** What became of it, which may be less than was said before: somebody else may have started it meanwhile. */
export function startedInWords(runs: number, skipped: number, datasets: number): string {
  if (runs === 0) {
    return skipped === 1 ? 'Nothing is queued: it is left alone.' : `Nothing is queued: all ${skipped} are left alone.`
  }
  const queued = runs === 1 ? '1 run is queued.' : `${runs.toLocaleString()} runs are queued.`
  return skipped === 0 ? queued : `${queued} ${skipped.toLocaleString()} of ${counted(datasets, 'dataset')} left alone.`
}

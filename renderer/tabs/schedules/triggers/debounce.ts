import { debounceSeconds } from '../../../../shared/dataset-triggers.ts'
import { formatDuration } from '../../../../shared/duration.ts'

const usual = [0, 10, debounceSeconds.usual, 300, 900, 3_600]

/** The choices of a list, with the one that is stored where it is none of the usual ones. Values are seconds, as text. */
export function debounceChoices(stored: number): { value: string; label: string }[] {
  return [...new Set([...usual, stored])]
    .toSorted((a, b) => a - b)
    .map((seconds) => ({
      value: String(seconds),
      label: seconds === 0 ? 'at once' : `after ${formatDuration(seconds * 1_000)}`,
    }))
}

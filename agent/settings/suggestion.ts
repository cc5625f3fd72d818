/** The candidate a person most likely meant, or null when nothing is near (at most a third of the letters differ). */
export function closest(word: string, candidates: Iterable<string>): string | null {
  const wanted = normalized(word)
  let best: { candidate: string; distance: number } | null = null
  for (const candidate of candidates) {
    const distance = editDistance(wanted, normalized(candidate))
    if (distance <= Math.max(1, Math.floor(candidate.length / 3)) && (best === null || distance < best.distance)) {
      best = { candidate, distance }
    }
  }
  return best?.candidate ?? null
}

const listed = 12

/** `Did you mean "label"?`, or the list of what exists when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const all = [...candidates]
  const near = closest(word, all)
  if (near !== null) return `Did you mean "${near}"?`
  if (all.length === 0) return 'There are none.'
  return `Known: ${all.slice(0, listed).join(', ')}${all.length > listed ? ', …' : ''}.`
}

function normalized(word: string): string {
  return word.slice(0, 64).toLowerCase().replaceAll('-', '_')
}

/** Optimal string alignment distance: insert, delete, replace, swap of neighbours each cost 1. */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = at(previous, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1)
      let cost = Math.min(replaced, at(previous, column) + 1, at(current, column - 1) + 1)
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, at(beforePrevious, column - 2) + 1)
      current.push(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, right.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}

/** A dataset as another program names it. */
export interface DatasetName {
  readonly namespace: string
  readonly name: string
}

/** Which dataset of which brand is meant by names that fit. `*` stands for any letters, also none; all else for itself. */
export interface MappingRule extends DatasetName {
  readonly brandId: string
  readonly datasetKey: string
  /** `file`: of the catalog file of an agent. */
  readonly from: 'database' | 'file'
}

/** Whether `*` and letters fit the whole text. Its time grows with both lengths, whatever the pattern. */
export function fits(pattern: string, text: string): boolean {
  let [at, within] = [0, 0]
  let [star, retry] = [-1, 0]
  while (within < text.length) {
    if (pattern[at] === '*') {
      star = at
      retry = within
      at += 1
    } else if (pattern[at] === text[within]) {
      at += 1
      within += 1
    } else if (star >= 0) {
      at = star + 1
      retry += 1
      within = retry
    } else return false
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}

/** The rule that counts for a name: the most specific one that fits; null = it is not mapped. */
export function mappingOf<Rule extends MappingRule>(
  rules: readonly Rule[],
  { namespace, name }: DatasetName,
): Rule | null {
  const fitting = rules.filter((rule) => fits(rule.namespace, namespace) && fits(rule.name, name))
  return fitting.toSorted(byStrictness)[0] ?? null
}

/**
 * The most specific first: the name says more than the namespace, each by its letters, then by having no `*`. Between two that say as much
 * what people decided in the console counts more than a file, and then the order of their letters.
 */
export function byStrictness(one: MappingRule, other: MappingRule): number {
  const [mine, theirs] = [strictnessOf(one), strictnessOf(other)]
  for (const [at, value] of mine.entries()) {
    const difference = (theirs[at] ?? 0) - value
    if (difference !== 0) return difference
  }
  const [a, b] = [textOf(one), textOf(other)]
  return a < b ? -1 : Number(a > b)
}

function strictnessOf({ namespace, name, from }: MappingRule): readonly number[] {
  return [
    Number(!name.includes('*')),
    lettersOf(name),
    Number(!namespace.includes('*')),
    lettersOf(namespace),
    Number(from === 'database'),
  ]
}

function lettersOf(pattern: string): number {
  return pattern.replaceAll('*', '').length
}

function textOf({ namespace, name, brandId, datasetKey }: MappingRule): string {
  return [namespace, name, brandId, datasetKey].join('\n')
}

/** Groups of brands: short labels ("EMEA", "Tier 1"), of which a brand carries any number. A group exists while a brand carries it. */

/** Characters of a name. */
export const longestGroup = 40
/** Of one brand. */
export const mostGroups = 20

/** What tells groups apart: names that differ in nothing but case, or in how their letters are composed, are of one group. */
export function groupKey(name: string): string {
  return name.toWellFormed().normalize('NFC').trim().toLowerCase()
}

/** A group, and how many of the brands carry it. */
export interface CountedGroup {
  readonly name: string
  readonly brands: number
}

/** Every group that one of the brands carries, once, by name. */
export function groupsOf(brands: readonly { readonly groups: readonly string[] }[]): CountedGroup[] {
  const found = new Map<string, { name: string; brands: number }>()
  for (const { groups } of brands) {
    for (const name of groups) {
      const known = found.get(groupKey(name))
      if (known === undefined) found.set(groupKey(name), { name, brands: 1 })
      else known.brands += 1
    }
  }
  return [...found.values()].toSorted((left, right) => left.name.localeCompare(right.name))
}

/** Each group once, in the order of what tells them apart; of two spellings the last. */
export function groupsInOrder(names: readonly string[]): string[] {
  const found = new Map(names.map((name) => [groupKey(name), name]))
  return [...found].toSorted(([one], [other]) => (one < other ? -1 : Number(one > other))).map(([, name]) => name)
}

/** Whether a brand carries the group, whatever the case in which it is written. */
export function isInGroup({ groups }: { readonly groups: readonly string[] }, group: string): boolean {
  const key = groupKey(group)
  return groups.some((name) => groupKey(name) === key)
}

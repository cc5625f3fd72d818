/** Something the palette leads to or does. */
export interface PaletteItem {
  readonly id: string
  readonly label: string
  /** What it is, or where: "Brand", "Job of Acme". */
  readonly kind: string
  readonly keys?: string
  readonly disabledReason?: string | null
  /** Where it leads; absent for what only acts. */
  readonly path?: string
  run(): void
}

/** 0 = does not match; higher is better. Every word must be somewhere in the label or the kind. */
export function matchScore(text: string, { label, kind }: Pick<PaletteItem, 'label' | 'kind'>): number {
  const words = text
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const name = label.slice(0, 500).toLocaleLowerCase()
  const all = `${name} ${kind.toLocaleLowerCase()}`
  if (!words.every((word) => all.includes(word))) return 0
  const whole = words.join(' ')
  if (name === whole) return 5
  if (name.startsWith(whole)) return 4
  if (words.every((word) => startsAWord(name, word))) return 3
  return name.includes(whole) ? 2 : 1
}

function startsAWord(name: string, word: string): boolean {
  const at = name.indexOf(word)
  return at === 0 || (at > 0 && /[\s_\-./:(]/.test(name[at - 1] ?? ''))
}

/** The best matches first, in their own order where they match alike; at most `most`. */
export function bestMatches(text: string, items: readonly PaletteItem[], most: number): PaletteItem[] {
  return items
    .map((item) => ({ item, score: matchScore(text, item) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ item }) => item)
}

/** What was found elsewhere, for this text or, until that is answered, for what was typed before: of that only what fits still. */
export function foundFor(text: string, items: readonly PaletteItem[], isForText: boolean): readonly PaletteItem[] {
  return isForText ? items : bestMatches(text, items, items.length)
}

/** Whether the text is an id as a person would paste one: a whole UUID. */
export function pastedId(text: string): string | null {
  const id = text.trim().toLowerCase()
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : null
}

/** How bad a thing is: a problem keeps something from working, a warning may, and `ok` says what was looked at. */
export type Level = 'ok' | 'warning' | 'problem'

/** One thing that was looked at. */
export interface Finding {
  readonly level: Level
  /** What was looked at, in a few words. */
  readonly check: string
  /** A whole sentence. */
  readonly message: string
  /** What to do; null for `ok`. */
  readonly fix: string | null
}

export function ok(check: string, message: string): Finding {
  return { level: 'ok', check, message, fix: null }
}

export function warning(check: string, message: string, fix: string): Finding {
  return { level: 'warning', check, message, fix }
}

export function problem(check: string, message: string, fix: string): Finding {
  return { level: 'problem', check, message, fix }
}

/** `a, b, c and 4 more` of at most `shown`. */
export function listed(items: readonly string[], shown = 5): string {
  const rest = items.length - shown
  return rest > 0 ? `${items.slice(0, shown).join(', ')} and ${rest} more` : items.join(', ')
}

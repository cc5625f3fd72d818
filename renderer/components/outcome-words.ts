/** What became of one of many that something was done to. */
export interface Outcome {
  readonly id: string
  /** Tells it from the others: "Nightly orders for Acme". */
  readonly name: string
  /** `same`: nothing had to be done, or it waits to be done; `refused`: somebody has to look at it. */
  readonly result: 'done' | 'same' | 'refused'
  /** One sentence; begins with `subject` where it is about that. */
  readonly message: string
  /** What the agent calls it: "Nightly orders". */
  readonly subject?: string
}

const mostNames = 3
const mostReasons = 4

/**
 * One answers in its own words; many are counted: "11 of 12 jobs paused; 1 not.", with a reason for each kind of refusal, the most frequent
 * first: "Nightly orders for Acme, Stock for Acme and 4 more: No agent can run load_orders."
 */
export function outcomeInWords(
  all: readonly Outcome[],
  counted: (count: number) => string,
  done: string,
): { readonly message: string; readonly reasons: readonly string[] } {
  const [only] = all
  if (all.length === 1 && only !== undefined) return { message: only.message, reasons: [] }
  const others = all.filter(({ result }) => result !== 'done')
  const rest = others.length === 0 ? '.' : `; ${others.length.toLocaleString()} not.`
  const message = `${(all.length - others.length).toLocaleString()} of ${counted(all.length)} ${done}${rest}`
  return { message, reasons: reasonsOf(others) }
}

/** A reason for each kind, as above. */
export function reasonsOf(others: readonly Outcome[]): string[] {
  const kinds = [...Map.groupBy(others, kindOf).values()].toSorted((a, b) => b.length - a.length)
  const shown = kinds.slice(0, mostReasons).map((alike) => `${namesOf(alike)}: ${reasonOf(alike)}`)
  const left = kinds.slice(mostReasons).reduce((sum, alike) => sum + alike.length, 0)
  return left === 0 ? shown : [...shown, `${left.toLocaleString()} more for other reasons.`]
}

/** What differs only by ids and numbers is one kind of refusal. */
function kindOf(outcome: Outcome): string {
  return ofIt(outcome)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '…')
    .replaceAll(/\d+/g, '…')
}

function ofIt({ message, subject }: Outcome): string {
  return subject !== undefined && message.startsWith(`${subject} `)
    ? `It ${message.slice(subject.length + 1)}`
    : message
}

function reasonOf(alike: readonly Outcome[]): string {
  const words = new Set(alike.map(ofIt))
  const [first, ...others] = words
  const [one] = alike
  return first !== undefined && others.length === 0 ? first : one === undefined ? '' : kindOf(one)
}

function namesOf(alike: readonly Outcome[]): string {
  const names = alike.slice(0, mostNames).map(({ name }) => (name.length <= 80 ? name : `${name.slice(0, 80)}…`))
  const left = alike.length - names.length
  if (left > 0) return `${names.join(', ')} and ${left.toLocaleString()} more`
  const last = names.pop() ?? ''
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`
}

/** Of those that were sent, and of those that were not, whoever somebody has to look at. */
export function leftOf(sent: readonly { readonly id: string }[], outcomes: readonly Outcome[]): string[] {
  const settled = new Set(outcomes.filter(({ result }) => result !== 'refused').map(({ id }) => id))
  return sent.map(({ id }) => id).filter((id) => !settled.has(id))
}

/** What is to be known of a call whose doing may wait for the database (`withoutDatabase: 'waits'` in the contract). */
export interface Deferral {
  /** What whoever asked is answered meanwhile. */
  readonly waiting: (input: unknown) => unknown
  /** What the answer, when it comes, says against it; null when it was done. */
  readonly conflict: (answer: unknown) => string | null
  /** Ids of what it is about, so that these can be shown as waiting. */
  readonly subjects: (input: unknown) => readonly string[]
}

export type Deferrals = Readonly<Record<string, Deferral>>

/** As the contract has checked them; see `chosen` and `commandResult` in shared/contract/incidents.ts. */
interface ChosenIncidents {
  readonly incidents: readonly { readonly id: string }[]
}
interface CommandResult {
  readonly results: readonly { readonly outcome: string; readonly message: string }[]
}

const incidentCommand: Deferral = {
  waiting: (input) => ({
    results: chosenOf(input).map((id) => ({
      id,
      outcome: 'waiting',
      message: 'Kept on this device until the database is back.',
    })),
  }),
  conflict: (answer) => {
    const { results } = answer as CommandResult
    const against = results.filter(({ outcome }) => outcome !== 'applied' && outcome !== 'unchanged')
    return against.length === 0 ? null : against.map(({ message }) => message).join(' ')
  },
  subjects: (input) => chosenOf(input),
}

function chosenOf(input: unknown): string[] {
  return (input as ChosenIncidents).incidents.map(({ id }) => id)
}

export const deferrals: Deferrals = {
  'incidents.acknowledge': incidentCommand,
  'incidents.unacknowledge': incidentCommand,
  'incidents.snooze': incidentCommand,
  'incidents.wake': incidentCommand,
  'incidents.annotate': incidentCommand,
}

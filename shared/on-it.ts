/*
 * Who is on an incident: a name, however somebody is called. Two words are no names where one is asked for.
 */

/** Whoever asks. */
export const me = 'me'
/** Nobody is on it. */
export const nobody = 'nobody'

/** Whether two names are the same person's: case does not tell people apart. */
export function isSamePerson(one: string | null, other: string | null): boolean {
  return one?.toLowerCase() === other?.toLowerCase()
}

const reserved: ReadonlySet<string> = new Set([me, nobody])

/** Whether a text is one of the two, in any case. */
export function isReserved(name: string): boolean {
  return reserved.has(name.trim().toLowerCase())
}

/** `me`, in any case, is the operator who says so; null stays. */
export function personOf<Name extends string | null>(name: Name, operator: string): Name | string {
  return name !== null && name.toLowerCase() === me ? operator : name
}

/** What is said of `nobody` where a name is asked for, behind what was asked. */
export const notGiven = 'is "nobody", which is no name: say instead that nobody is on it after all'

/** Why nothing is given to somebody of this name; null when it may be. */
export function whyNotGive(name: string): string | null {
  return name.trim().toLowerCase() === nobody ? notGiven : null
}

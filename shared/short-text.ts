const nameLimit = 80

/** A name of 10 kB would bury the sentence it stands in. */
export function shortName(name: string): string {
  return name.length > nameLimit ? `${name.slice(0, nameLimit).toWellFormed()}…` : name
}

/** Ends like a sentence. */
export function sentence(text: string): string {
  const line = text.trim()
  return /[.!?…]$/u.test(line) ? line : `${line}.`
}

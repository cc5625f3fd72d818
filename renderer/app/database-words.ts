/** Why the database cannot be used and what to do, in sentences; what a server said may lack its full stop. */
export function whyWords(reason: string | null, fix: string | null): string {
  const parts = [reason ?? 'It has not answered yet.', fix].filter((part) => part !== null)
  return parts.map((part) => (/[.!?]$/.test(part) ? part : `${part}.`)).join(' ')
}

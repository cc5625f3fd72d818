import type { SourcesPart } from './parts.ts'

/** Stands for the agent that takes reports where this console is not one of its pages. */
export const servingOrigin = 'https://pm.example.com'

/**
 * Where other programs report, for lines to copy: the origin of this console in a browser. The desktop's own (`app://console`) is an address
 * for nobody else, and its agent answers no calls from outside.
 */
export function reportOrigin(consoleOrigin: string): string {
  return isServed(consoleOrigin) ? consoleOrigin : servingOrigin
}

/** What has to be said beside such lines; null in a browser. */
export function reportOriginNote(consoleOrigin: string, part: SourcesPart): string | null {
  if (isServed(consoleOrigin)) return null
  const where = `The desktop takes no reports itself: put the address of an agent that serves this database (pm start) where it says ${servingOrigin}.`
  if (part !== 'hooks') return where
  return `${where} Make hooks in the console of that agent: only agents of the data folder on which a secret was made can open it.`
}

function isServed(consoleOrigin: string): boolean {
  return /^https?:/.test(consoleOrigin)
}

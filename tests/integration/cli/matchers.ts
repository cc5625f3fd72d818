import { expect } from 'vitest'

/* The matchers of vitest are typed `any`; these are what they stand for. */

export function containing(part: string): unknown {
  return expect.stringContaining(part)
}

export function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern)
}

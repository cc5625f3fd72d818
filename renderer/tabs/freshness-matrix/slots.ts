/**
 * What leaves the screen on one side comes in on the other: its elements are taken over instead of made anew, which is most of the
 * work of a frame. Never fewer slots than there are things at a time, and seldom another number of them.
 */
export function slotsFor(shown: number): number {
  return Math.ceil((shown + 1) / 16) * 16
}

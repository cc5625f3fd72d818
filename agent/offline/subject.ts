import type { Section } from './section.ts'

/** Something that is kept in the store: it owns its tables. */
export interface Subject {
  /** Never renamed. */
  readonly name: string
  /** Its schema, step by step; only ever appended to. */
  readonly steps: readonly string[]
  /** Tables whose rows exist nowhere else: carried over from a damaged file as far as it can be read. Empty for what can be had again. */
  readonly precious: readonly string[]
  /** Every commit waits for the disk itself, and so survives the power going off. Without it, only the death of the process. */
  readonly isDurable: boolean
  /** The quota is reached: gives up the oldest of what can be spared. False when nothing can. */
  readonly shed?: (section: Section) => boolean
}

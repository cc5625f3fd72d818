/** One thing to show on this device: a transition of an incident, or a summary of several. */
export interface DeviceMessage {
  /** Names what is told, so that it is told once: the id of the incident event, or of a summary its first and last. */
  readonly id: string
  readonly title: string
  readonly body: string
  readonly severity: 'problem' | 'warning' | 'resolved'
  /** Address inside the console that a click opens, as `/incidents/<id>`. */
  readonly place: string
  /** Null for a summary. */
  readonly incidentId: string | null
}

export interface DeviceHistoryEntry extends DeviceMessage {
  readonly state: 'pending' | 'showing' | 'shown' | 'failed'
  readonly takenAt: Date
  readonly failure: string | null
}

/**
 * N4: what this device has shown and has still to show, kept on the device itself. Written before and after showing, so that a device
 * shows a transition at most once; after a crash in between, once more rather than never.
 */
export interface DeviceOutbox {
  /** Id of the last incident event that was looked at; null on a new device, which shows nothing from before its time. */
  cursor(): string | null
  /** One transaction: how far the events were read, and what they ask to show. A message that was taken before is left out. */
  take(messages: readonly DeviceMessage[], cursor: string): void
  /** To be shown, the oldest first. */
  pending(limit: number): DeviceMessage[]
  showing(id: string): void
  shown(id: string): void
  /** The system refused; it stays in the history. */
  failed(id: string, reason: string): void
  /** The newest first. */
  history(limit: number): DeviceHistoryEntry[]
}

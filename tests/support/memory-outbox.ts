/** What a device remembers of its messages, without the device: as agent/incidents/device-outbox.ts promises it. */
import type { DeviceHistoryEntry, DeviceMessage, DeviceOutbox } from '../../agent/incidents/device-outbox.ts'

export class MemoryOutbox implements DeviceOutbox {
  readonly entries: { message: DeviceMessage; state: DeviceHistoryEntry['state']; failure: string | null }[] = []
  #cursor: string | null = null

  cursor(): string | null {
    return this.#cursor
  }

  take(messages: readonly DeviceMessage[], cursor: string): void {
    this.#cursor = cursor
    for (const message of messages) {
      if (this.entries.some((entry) => entry.message.id === message.id)) continue
      this.entries.push({ message, state: 'pending', failure: null })
    }
  }

  /** What was about to be shown when the device died is shown once more rather than never. */
  pending(limit: number): DeviceMessage[] {
    return this.entries
      .filter(({ state }) => state === 'pending' || state === 'showing')
      .slice(0, limit)
      .map(({ message }) => message)
  }

  showing(id: string): void {
    this.#set(id, 'showing', null)
  }

  shown(id: string): void {
    this.#set(id, 'shown', null)
  }

  failed(id: string, reason: string): void {
    this.#set(id, 'failed', reason)
  }

  history(limit: number): DeviceHistoryEntry[] {
    const entries = this.entries.slice(-limit).toReversed()
    return entries.map(({ message, state, failure }) => ({ ...message, state, failure, takenAt: new Date(0) }))
  }

  #set(id: string, state: DeviceHistoryEntry['state'], failure: string | null): void {
    const entry = this.entries.find(({ message }) => message.id === id)
    if (entry === undefined) throw new Error(`There is no message ${id}.`)
    Object.assign(entry, { state, failure })
  }
}

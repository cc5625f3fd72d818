import { type LiveTopic, liveTopics } from '../../shared/live-topics.ts'
import type { Database, Statement } from './database.ts'
import { Listener, type ListenerSettings } from './listener.ts'

/** The channel of the triggers in migrations/2026-11-24_14_console_changes.sql. */
export const changesChannel = 'pipeline_manager_changes'

const announceStatement: Statement = {
  name: 'announce_changes',
  text: `select pg_notify('${changesChannel}', $1::text)`,
}

/** Tells every console what has changed: for writes of an agent's own connections, on which the triggers stay silent. */
export async function announceChanges(database: Database, topics: Iterable<LiveTopic>): Promise<void> {
  await database.query(announceStatement, [[...topics].join(',')])
}

const echoStatement: Statement = { name: 'echo_changes', text: `select pg_notify('${changesChannel}', $1::text)` }

/** Sends a word to every listener that means nothing: whoever waits for it learns that notifications arrive. */
export async function sendEcho(database: Database, word: string): Promise<void> {
  await database.query(echoStatement, [word])
}

/** What a notification says has changed; empty when somebody else sent it, in words that are not ours. */
export function topicsOf(payload: string): LiveTopic[] {
  const named = new Set(payload.split(','))
  return liveTopics.filter((topic) => named.has(topic))
}

/** Milliseconds. A console says how old its picture is, so its connection proves often that it is alive. */
const watchfully = { patienceMs: 4_000, reconnectMs: 5_000 }

export interface ChangeListenerSettings
  extends Required<Pick<ListenerSettings, 'url' | 'applicationName' | 'onState' | 'onBeat' | 'beatMs' | 'gate'>> {
  readonly onTopics: (topics: readonly LiveTopic[]) => void
  /** Whatever else arrives: an echo, or what somebody else sent. */
  readonly onOther: (payload: string) => void
}

/** Hears what anybody changes, and beats with the database's clock. Not started yet. */
export function changeListener({ onTopics, onOther, ...settings }: ChangeListenerSettings): Listener {
  const onNotification = (payload: string): void => {
    const topics = topicsOf(payload)
    if (topics.length > 0) onTopics(topics)
    else onOther(payload)
  }
  return new Listener({ ...watchfully, ...settings, channels: { [changesChannel]: onNotification } })
}

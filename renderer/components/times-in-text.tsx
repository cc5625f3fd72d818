import { Fragment } from 'react'
import { useShownZone } from './time.tsx'

/** As `formatInstant` (shared/duration.ts) writes an instant into a sentence. */
const written = /(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/g

/** What the agent says in sentences, with its times on the reader's clock: it writes them in UTC, not knowing who reads. */
export function TimesInText({ text }: { text: string }) {
  const { zone } = useShownZone()
  return textAndTimes(text).map((part, index) => (
    // The parts of one sentence stay in their order.
    <Fragment key={index}>
      {part instanceof Date ? <time dateTime={part.toISOString()}>{shortInstant(part, zone)}</time> : part}
    </Fragment>
  ))
}

/** The text in front of, between and behind its instants; a time that is none stays text. */
export function textAndTimes(text: string): (string | Date)[] {
  const parts: (string | Date)[] = []
  let end = 0
  for (const found of text.matchAll(written)) {
    const at = new Date(`${found[1]}T${found[2]}Z`)
    if (Number.isNaN(at.getTime())) continue
    parts.push(text.slice(end, found.index), at)
    end = found.index + found[0].length
  }
  return [...parts, text.slice(end)].filter((part) => part !== '')
}

/** "Thu 26 Nov, 16:15 CET": what is said in a sentence is near, so the year goes without saying. */
function shortInstant(at: Date, zone: string): string {
  return new Intl.DateTimeFormat(undefined, {
    timeZone: zone,
    weekday: 'short',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(at)
}

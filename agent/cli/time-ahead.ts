import { z } from 'zod'
import { instantIn } from '../../shared/contract/words.ts'
import { Problem } from '../../shared/errors.ts'

const unitMs = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 7 * 86_400_000],
])

/** An instant, ISO 8601, once it is known what time it is in the database. */
export type Ahead = (now: Date) => string

/**
 * When something ends: `--for 90m`, `1h`, `2d`, `1w` from now, or `--until` an instant with its offset.
 * @throws Problem `invalid_input`
 */
export function timeAhead(
  { for: length, until }: { readonly for: string | undefined; readonly until: string | undefined },
  field = '--until',
): Ahead {
  if (length !== undefined && until !== undefined) throw endsTwice(until)
  if (until !== undefined) {
    const at = instantOf(until, field)
    return () => at
  }
  const ms = lengthOf(length, '--for')
  return (now) => new Date(now.getTime() + ms).toISOString()
}

function endsTwice(value: string): Problem {
  return new Problem('invalid_input', '--for and --until both say when it ends.', {
    field: '--until',
    value,
    fix: 'Leave one of them out.',
  })
}

/** `90m`, `1h`, `2d`, `1w` in ms. @throws Problem `invalid_input` for anything else, and for none. */
export function lengthOf(length: string | undefined, field: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,5})\s*([mhdw])$/.exec(length?.trim().toLowerCase() ?? '') ?? []
  const ms = Number(amount) * (unitMs.get(unit) ?? 0)
  if (ms > 0) return ms
  throw new Problem('invalid_input', `"${length}" is no length of time.`, {
    field,
    value: length,
    fix: 'Give minutes, hours, days or weeks, like 90m, 1h, 2d or 1w.',
  })
}

/** As the calls take it; by hand, seconds may be left out. A day that no calendar has is none. */
const instant = z.union([instantIn, z.iso.datetime({ offset: true, precision: -1 })])

/** An instant with its offset, as ISO 8601 in UTC. @throws Problem `invalid_input` */
export function instantOf(text: string, field: string): string {
  const { data } = instant.safeParse(text.trim())
  if (data !== undefined) return new Date(data).toISOString()
  throw new Problem('invalid_input', `"${text}" is no instant with an offset from UTC.`, {
    field,
    value: text,
    fix: 'Write it like 2026-01-31T06:00:00Z or 2026-01-31T07:00:00+01:00.',
  })
}

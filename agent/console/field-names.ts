import { Problem } from '../../shared/errors.ts'

/** What the contract calls the fields that the rules know by the names of their columns. */
const fieldNames: ReadonlyMap<string | undefined, string> = new Map([
  ['cron_expression', 'cron'],
  ['time_zone', 'timeZone'],
  ['job_type', 'jobType'],
  ['spread_minutes', 'spreadMinutes'],
])

/** A Problem of the work names the fields of the call. */
export async function named<Outcome>(work: Promise<Outcome>): Promise<Outcome> {
  try {
    return await work
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    const { code, message, value, fix, cause } = thrown
    const field = fieldNames.get(thrown.field) ?? thrown.field
    throw new Problem(code, message, {
      ...(field === undefined ? {} : { field }),
      ...(fix === undefined ? {} : { fix }),
      value,
      cause,
    })
  }
}

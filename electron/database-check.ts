import type { z } from 'zod'
import { databaseUrlFault } from '../agent/settings/database-url.ts'
import { placeName, reachDatabase } from '../agent/store/reach-database.ts'
import type { desktopContract } from '../shared/desktop/contract.ts'
import { toldProblem } from './told-problem.ts'

type Answer = z.infer<NonNullable<(typeof desktopContract.testDatabase)['~orpc']['outputSchema']>>

/** Connects once with this URL and says precisely what is in the way, without ever repeating the password. Changes nothing. */
export async function checkDatabase(url: string): Promise<Answer> {
  const fault = databaseUrlFault(url)
  if (fault !== null) return { ok: false, problem: { message: `The URL ${fault.message}.`, fix: fault.fix } }
  try {
    const { serverVersion } = await reachDatabase(url)
    return { ok: true, place: placeName(url), serverVersion, notes: transportNotes(url) }
  } catch (error) {
    const { message, fix } = toldProblem(error)
    // The words are those of the command line; here the URL is in the field above.
    return { ok: false, problem: { message, fix: fix?.replaceAll('--database-url', 'the URL') ?? null } }
  }
}

/** What the choice of TLS in the URL means, where a person should know. */
export function transportNotes(url: string): string[] {
  const parsed = URL.parse(url)
  const isLocal = ['localhost', '127.0.0.1', '[::1]', ''].includes(parsed?.hostname ?? '')
  if (isLocal) return []
  const mode = parsed?.searchParams.get('sslmode') ?? null
  if (mode === 'verify-full') return []
  if (mode === null || mode === 'disable') {
    return [
      'The way to this server is not encrypted: add ?sslmode=verify-full unless the network in between can be trusted.',
    ]
  }
  return [`With sslmode=${mode} the name of the server is not checked; sslmode=verify-full does that.`]
}

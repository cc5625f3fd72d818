import { type LibraryAd, type LibrarySearch, searchLibrary } from '../../../connectors/meta/ad-library.ts'
import { GraphFailure } from '../../../connectors/meta/graph-failure.ts'
import { saveLibraryAds } from '../../../store/library-ads.ts'
import { listLibrarySearches } from '../../../store/library-searches.ts'
import type { BuiltinHandler } from '../../executors/builtin.ts'
import { type StepContext, StepFailure, type StepResult } from '../../executors/executor.ts'
import type { BuiltinDependencies } from '../dependencies.ts'
import { questionsOf, searchInWords, searchOfParameters } from './library-search.ts'
import { type GraphSession, withGraph } from './session.ts'

interface Totals {
  readonly seen: Set<string>
  added: number
  changed: number
  longestDays: number
}

/**
 * `run: { builtin: meta_library, with: { token_env: … } }`: what others advertise, from Meta's Ad Library, by the
 * parameters of the run or else by the searches of the brand. An ad that runs for long works for whoever pays for it, so
 * for each it is kept for how many days it ran.
 */
export function metaLibrary(dependencies: BuiltinDependencies): BuiltinHandler {
  return (settings, context) =>
    withGraph(dependencies, settings, context, async (session) => {
      const searches = (await searchesOf(dependencies, session.brandId, context)).flatMap(questionsOf)
      const totals: Totals = { seen: new Set(), added: 0, changed: 0, longestDays: 0 }
      for (const search of searches) await scrape(dependencies, session, context, search, totals)
      return resultOf(context, searches.length, totals)
    })
}

async function searchesOf(
  { database }: BuiltinDependencies,
  brandId: string,
  { parameters }: StepContext,
): Promise<LibrarySearch[]> {
  const given = searchOfParameters(parameters)
  if (given !== null) return [given]
  const active = parameters['include_inactive'] === true ? 'ALL' : 'ACTIVE'
  const searches = (await listLibrarySearches(database, brandId)).map((search) => ({ ...search, active }) as const)
  if (searches.length > 0) return searches
  throw new StepFailure(
    'configuration',
    'Nothing says what to search the Ad Library for. Add a search: pm brands add-search "<words>" --brand <brand> --countries DE, or run it with search_terms.',
  )
}

async function scrape(
  { database }: BuiltinDependencies,
  { client, brandId }: GraphSession,
  context: StepContext,
  search: LibrarySearch,
  totals: Totals,
): Promise<void> {
  const most = Number(context.parameters['max_ads'] ?? 50)
  let found = 0
  try {
    for await (const page of searchLibrary(client, search)) {
      const ads = withoutRepetition(page.slice(0, most - found))
      const saved = await saveLibraryAds(database, brandId, ads)
      for (const { id } of ads) totals.seen.add(id)
      totals.added += saved.added
      totals.changed += saved.changed
      totals.longestDays = Math.max(totals.longestDays, saved.longestDays)
      found += page.length
      context.progress(totals.seen.size, null)
      if (found >= most) break
    }
  } catch (error) {
    throw explained(error)
  }
  context.log.write('info', `${Math.min(found, most)} ads found for ${searchInWords(search)}.`)
}

function withoutRepetition(ads: readonly LibraryAd[]): LibraryAd[] {
  return [...new Map(ads.map((ad) => [ad.id, ad])).values()]
}

/** Meta refuses the library itself, not an account: who asks has to have confirmed who they are. */
function explained(error: unknown): unknown {
  if (!(error instanceof GraphFailure) || error.kind !== 'permission') return error
  const advice =
    'Whoever the token belongs to has to confirm their identity at facebook.com/ID and accept the terms of the Ad Library API.'
  return new StepFailure('configuration', `${error.message} ${advice}`, { cause: error })
}

function resultOf({ log }: StepContext, searches: number, totals: Totals): StepResult {
  const { seen, added, changed, longestDays } = totals
  log.write(
    'info',
    `${seen.size} ads seen: ${added} new, ${changed} updated; the longest has run for ${longestDays} days.`,
  )
  return {
    recordsAffected: seen.size,
    metadata: { searches, new: added, updated: changed, longest_days: longestDays },
  }
}

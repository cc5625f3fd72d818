import { fetchAds } from '../../../connectors/meta/ads.ts'
import { saveMetaAds } from '../../../store/meta-ads.ts'
import type { BuiltinHandler } from '../../executors/builtin.ts'
import type { BuiltinDependencies } from '../dependencies.ts'
import { withMeta } from './session.ts'

/**
 * `run: { builtin: meta_ads, with: { token_env: … } }`: brings up to date which ads the brand has and what they show:
 * preview, image, video, link. Without `include_inactive` only those that run. An ad that is not reported any more
 * stays as it was.
 */
export function metaAds(dependencies: BuiltinDependencies): BuiltinHandler {
  return (settings, context) =>
    withMeta(dependencies, settings, context, async ({ client, brandId, accounts }) => {
      const inactive = context.parameters['include_inactive'] === true
      const totals = { seen: 0, new: 0, changed: 0 }
      for (const { accountId } of accounts) {
        for await (const page of fetchAds(client, accountId, { inactive })) {
          const ads = [...new Map(page.map((ad) => [ad.id, ad])).values()]
          if (ads.length === 0) continue
          const saved = await saveMetaAds(dependencies.database, brandId, accountId, ads)
          totals.seen += ads.length
          totals.new += saved.added
          totals.changed += saved.changed
          context.progress(totals.seen, null)
        }
      }
      context.log.write('info', `${totals.seen} ads seen: ${totals.new} new, ${totals.changed} changed.`)
      return { recordsAffected: totals.seen, metadata: { new: totals.new, changed: totals.changed } }
    })
}

import { Problem } from '../../shared/errors.ts'
import { readSurroundings } from '../freshness/surroundings.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { requireBrand } from './access.ts'
import { procedures } from './procedures.ts'

const banner = procedures.embed.banner.handler(async ({ context, input: { brandId, page, minutes } }) => {
  const brand = await requireBrand(context, brandId)
  const { database, catalog, settings, bannerAddress } = context.services
  const { pages } = (await readSurroundings(database, catalog, settings.leaseSeconds)).catalog
  if (!pages.has(page)) {
    const fix = didYouMean(page, pages.keys())
    throw new Problem('not_found', `There is no page "${page}".`, { field: 'page', value: page, fix })
  }
  return bannerAddress({ page, brandId: brand.id, minutes })
})

export const embed = { banner }

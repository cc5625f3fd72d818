import { z } from 'zod'
import type { Clock } from '../../../shared/clock.ts'
import { readSigned, sign } from '../signed-text.ts'

/*
 * The address of a banner carries its own permission: page, brand and end, signed with the key of the data folder. It is made to be seen by
 * everybody who may see the page that embeds it, so that it gives away one verdict and ends by itself.
 */

const claim = z.object({
  page: z.string(),
  brandId: z.string(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
})
export type BannerClaim = z.infer<typeof claim>

export interface BannerAddress {
  /** From the root of the site. */
  readonly path: string
  readonly expiresAt: Date
}

export function bannerAddress(
  key: Uint8Array,
  clock: Clock,
  { page, brandId, minutes }: { readonly page: string; readonly brandId: string; readonly minutes: number },
): BannerAddress {
  const expiresAt = clock.now().getTime() + minutes * 60_000
  const signature = sign(key, 'banner', { page, brandId, expiresAt } satisfies BannerClaim)
  const query = new URLSearchParams({ page, brand: brandId, signature })
  return {
    path: `/embed/banner?${query.toString()}`,
    expiresAt: new Date(expiresAt),
  }
}

export type BannerRefusal = 'expired' | 'not_ours'

/** What the address allows. A signature of another page or brand is not ours. */
export function readBannerAddress(
  key: Uint8Array,
  clock: Clock,
  { page, brand, signature }: { readonly page: string; readonly brand: string; readonly signature: string },
): BannerClaim | BannerRefusal {
  const found = readSigned(key, 'banner', signature, claim)
  if (found === null || found.page !== page || found.brandId !== brand) return 'not_ours'
  return found.expiresAt < clock.now().getTime() ? 'expired' : found
}

import { IconPhoto } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { AdRow } from '../../../shared/contract/ads.ts'
import { useQueries } from '../../client/context.tsx'
import classes from './ad-performance.module.css'

/** Images of rows that were scrolled away are let go of, ms. */
const keepMs = 30_000

/** The image of an ad, small; it says nothing that the name beside it does not. */
export function AdPreview({ brandId, ad }: { brandId: string; ad: AdRow }) {
  const { data } = useQuery(
    useQueries().ads.preview.queryOptions({
      input: { brandId, adId: ad.adId },
      enabled: ad.hasPreview,
      gcTime: keepMs,
    }),
  )
  const image = data?.image ?? null
  return (
    <span className={classes['preview']}>
      {image === null ? (
        <IconPhoto size={16} aria-hidden />
      ) : (
        <img src={`data:${image.contentType};base64,${image.base64}`} alt="" />
      )}
    </span>
  )
}

import { useCallback, useMemo } from 'react'
import { expandedParameter, useSearchParameters } from '../../app/places.ts'

/** Which brands are open stands in the address: at most so many, so that it stays one. */
const mostOpened = 100
/** All of them were closed by hand, which is not the same as nobody having touched any. */
const none = 'none'

/** The brands that somebody has opened, kept in the address; null while nobody has opened or closed any. */
export function useOpenedBrands(): {
  readonly opened: readonly string[] | null
  /** `usual` = what is open while the address says nothing. */
  readonly toggle: (brandId: string, usual: readonly string[]) => void
} {
  const [parameters, change] = useSearchParameters()
  const text = parameters.get(expandedParameter)
  const toggle = useCallback(
    (brandId: string, usual: readonly string[]): void => {
      // From the window, as the change itself: rows keep this from an earlier render.
      const before = openedOf(new URLSearchParams(window.location.search).get(expandedParameter)) ?? usual
      const after = before.includes(brandId) ? before.filter((one) => one !== brandId) : [...before, brandId]
      change({ [expandedParameter]: after.length === 0 ? none : after.slice(-mostOpened).join(',') }, { replace: true })
    },
    [change],
  )
  return { opened: useMemo(() => openedOf(text), [text]), toggle }
}

function openedOf(text: string | null): readonly string[] | null {
  if (text === null || text === '') return null
  return text === none ? [] : text.split(',')
}

import { useCallback, useEffect, useRef } from 'react'

/** Whether the calling component is still shown, for what comes back late: by then its drawer may be closed, or another page open. */
export function useIsThere(): () => boolean {
  const isThere = useRef(false)
  useEffect(() => {
    isThere.current = true
    return () => {
      isThere.current = false
    }
  }, [])
  return useCallback(() => isThere.current, [])
}

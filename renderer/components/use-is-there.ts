import { useCallback, useEffect, useRef } from 'react'
import { notifyFailure } from './notify.ts'

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

/** Tells of a failure that the form says itself while it is there: nobody would read it in one that has been closed by then. */
export function useTellIfGone(): (error: Error) => void {
  const isThere = useIsThere()
  return useCallback(
    (error) => {
      if (!isThere()) notifyFailure(error)
    },
    [isThere],
  )
}

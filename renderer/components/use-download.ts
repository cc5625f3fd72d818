import { useEffect, useRef, useState } from 'react'
import { notifyUnread } from './notify.ts'

export interface Download<What extends readonly unknown[]> {
  readonly isRunning: boolean
  readonly start: (...what: What) => void
  readonly cancel: () => void
}

/** Gathers something, page by page, until it is saved; stops when what offers it is gone. What fails is said, being stopped is not. */
export function useDownload<What extends readonly unknown[]>(
  gather: (signal: AbortSignal, ...what: What) => Promise<void>,
): Download<What> {
  const [isRunning, setIsRunning] = useState(false)
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])
  const run = async (what: What): Promise<void> => {
    const controller = new AbortController()
    stop.current = controller
    setIsRunning(true)
    try {
      await gather(controller.signal, ...what)
    } catch (error) {
      if (!controller.signal.aborted) notifyUnread(error)
    } finally {
      setIsRunning(false)
    }
  }
  return { isRunning, start: (...what) => void run(what), cancel: () => stop.current?.abort() }
}

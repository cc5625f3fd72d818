/** Whether anybody looks at the page. */
export interface Visibility {
  /** Resolves at once while the page is looked at, else when it is again, or when the signal aborts. */
  untilVisible(signal: AbortSignal): Promise<void>
  /** Calls `then` once the page has been hidden for so long without a break; returns how to stop waiting for it. */
  whenHiddenFor(ms: number, then: () => void): () => void
}

export const pageVisibility: Visibility = { untilVisible, whenHiddenFor }

function untilVisible(signal: AbortSignal): Promise<void> {
  if (!document.hidden || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      if (document.hidden && !signal.aborted) return
      document.removeEventListener('visibilitychange', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    document.addEventListener('visibilitychange', done)
    signal.addEventListener('abort', done)
  })
}

function whenHiddenFor(ms: number, then: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null
  const look = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = document.hidden ? setTimeout(then, ms) : null
  }
  look()
  document.addEventListener('visibilitychange', look)
  return () => {
    document.removeEventListener('visibilitychange', look)
    if (timer !== null) clearTimeout(timer)
  }
}
